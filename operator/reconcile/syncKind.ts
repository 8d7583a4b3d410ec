import { countOf } from '../../crds/inWords.ts';
import { type SyncSpec, sheetSync } from '../../crds/sheetSync.ts';
import { type SyncReport, syncReport } from '../../crds/syncReport.ts';
import type { SyncRunStatus } from '../../crds/syncStatus.ts';
import { type Sync, syncRuns, syncs } from './kinds.ts';
import { parseOwner } from './parseSpec.ts';
import { toldLines } from './runStatus.ts';
import type { ScheduledKind } from './scheduledKind.ts';
import { syncPod } from './syncPod.ts';

/** SheetSync: tables and queries in the tabs of a spreadsheet. */
export const syncKind: ScheduledKind<Sync, SyncSpec> = {
  resource: syncs,
  runs: syncRuns,
  noun: 'sync',
  checked: 'database, queries, spreadsheet and mail relay',
  cronJobSuffix: '-sync',
  purpose: 'sync',
  notFound: 'SyncNotFound',
  report: syncReport,
  owners: (stores) => stores.syncs,
  records: (stores) => stores.syncRuns,
  ownerOf: ({ spec }) => spec.syncName ?? '',
  runSpec: (syncName) => ({ syncName }),
  parse: (sync) => parseOwner(sheetSync, sync).spec,
  pod: syncPod,
  told: (report) => told(report as SyncReport),
  summary({ sheets = [], rows = 0 }: SyncRunStatus) {
    return `${countOf(rows, 'row')} in ${countOf(sheets.length, 'tab')}`;
  },
  emptyReport: (startedAt, finishedAt) => ({
    ...{ version: 1, kind: 'SyncReport', result: 'Failed', startedAt, finishedAt },
    ...{ sheets: [], stages: [], warnings: [], notes: [] },
  }),
};

/** What a report tells of the tabs. Those that were complete before a failure stay as they are. */
function told(report: SyncReport): Partial<SyncRunStatus> {
  const { snapshotTime, spreadsheet, link, sheets, rows, notes } = report;
  return {
    ...{ snapshotTime, spreadsheet, link, rows },
    sheets: sheets.slice(0, 20),
    notes: toldLines(notes),
    warnings: toldLines(report.warnings),
  };
}
