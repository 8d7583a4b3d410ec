import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { BackupRunStatus } from '../../crds/backupStatus.ts';
import { databaseBackup } from '../../crds/databaseBackup.ts';
import { countOf, sizeInWords } from '../../crds/inWords.ts';
import { type RunReport, runReport } from '../../crds/runReport.ts';
import { backupPod } from './backupPod.ts';
import { decideDrill } from './drillDecisions.ts';
import { type Backup, backups, runs } from './kinds.ts';
import { parseOwner } from './parseSpec.ts';
import { toldLines } from './runStatus.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/** DatabaseBackup: sets of files, and drills beside the runs. */
export const backupKind: ScheduledKind<Backup, BackupSpec> = {
  resource: backups,
  runs,
  noun: 'backup',
  checked: 'database, folder and mail relay',
  cronJobSuffix: '',
  purpose: 'run',
  notFound: 'BackupNotFound',
  report: runReport,
  owners: (stores) => stores.backups,
  records: (stores) => stores.runs,
  ownerOf: ({ spec }) => spec.backupName ?? '',
  runSpec: (backupName) => ({ backupName }),
  parse: (backup) => parseOwner(databaseBackup, backup).spec,
  drillSchedule: ({ drill }) => drill?.schedule,
  pod: backupPod,
  told: (report) => told(report as RunReport),
  summary({ size, rows = 0 }: BackupRunStatus) {
    return size === undefined ? undefined : `${countOf(rows, 'row')}, ${size}`;
  },
  emptyReport: (startedAt, finishedAt) => ({
    ...{ version: 1, result: 'Failed', startedAt, finishedAt },
    ...{ files: [], stages: [], warnings: [], notes: [] },
  }),
  more(observed, policy, mayStart, now) {
    const { due, ended, verdict, told, lookAgainAt, ...drill } = decideDrill(observed, policy, now);
    return {
      actions: [
        ...ended,
        ...(due && mayStart ? [{ type: 'CreateJob', job: due, for: undefined } as const] : []),
      ],
      verdicts: verdict === undefined ? [] : [verdict],
      status: {
        activeDrill: drill.active,
        lastDrill: drill.last,
        lastDrillSuccessTime: drill.lastSuccessTime,
        drillSchedule: drill.schedule,
      },
      told,
      lookAgainAt,
    };
  },
};

/** What a report tells of a set. Files of a failed attempt were removed again: they are no files of the run. */
function told(report: RunReport): Partial<BackupRunStatus> {
  const { snapshotTime, snapshotSeconds, set, rows, bytes, files, folderLink, retention } = report;
  if (report.result === 'Failed') return { snapshotTime, folderLink };
  return {
    ...{ snapshotTime, snapshotSeconds, set, rows, bytes, folderLink, retention },
    size: bytes === undefined ? undefined : sizeInWords(bytes),
    files: files.slice(0, 16),
    warnings: toldLines(report.warnings),
  };
}
