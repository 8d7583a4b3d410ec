import { BackupError } from '../../crds/failureReason.ts';
import { countOf } from '../../crds/inWords.ts';
import type { SheetSync } from '../../crds/sheetSync.ts';
import type { SyncReport } from '../../crds/syncReport.ts';
import { connect } from '../database/connection.ts';
import { databaseError } from '../database/databaseError.ts';
import { databaseTarget } from '../database/databaseTarget.ts';
import { serverOf } from '../database/server.ts';
import { expiryWarnings } from '../destinations/tokenExpiry.ts';
import { googleOptions } from '../googleOptions.ts';
import type { Services } from '../services.ts';
import type { Stages } from '../stages.ts';
import { Cells } from './cells.ts';
import { deleteTab } from './changes.ts';
import { leftovers } from './hiddenTab.ts';
import { openSheetsSnapshot } from './sheetsSnapshot.ts';
import { Spreadsheet, type SpreadsheetState } from './spreadsheet.ts';
import { syncSheet } from './syncSheet.ts';
import { tabOf } from './tabOf.ts';

/** What becomes known on the way, so that a failure at any point tells it too. */
export interface SyncRecord {
  readonly stages: Stages;
  readonly facts: Partial<SyncReport>;
  readonly sheets: SyncReport['sheets'];
  readonly warnings: string[];
  readonly notes: string[];
}

export interface SyncOptions {
  readonly batchBytes?: number;
}

/**
 * Brings all tabs up to one snapshot, one after another, and throws the first failure. Tabs that were done before it stay as they
 * are, and so does the one that failed: see StagedTab.
 */
export async function runSync(
  { spec }: SheetSync,
  record: SyncRecord,
  services: Services,
  signal: AbortSignal,
  { batchBytes }: SyncOptions = {},
): Promise<void> {
  const { stages, facts, warnings, notes } = record;
  const { progress, redactor } = services;
  const target = await databaseTarget(spec.database, services.secrets);
  redactor.add(target.password);
  facts.database = target.database;
  const { credentialsSecretRef, spreadsheetID } = spec.spreadsheet.googleSheets;
  using spreadsheet = new Spreadsheet(spreadsheetID, await googleOptions(credentialsSecretRef, services));
  const found = await stages.run('spreadsheet', async () => {
    const state = await spreadsheet.look(signal);
    facts.spreadsheet = state.title;
    if (state.link) facts.link = state.link;
    warnings.push(...expiryWarnings(spreadsheet.credentialsExpireAt, state.now, 'spreadsheets'));
    return removeLeftovers(spreadsheet, state, warnings, signal);
  });
  const tabs = spec.sheets.map((sheet) => tabOf(sheet, found));

  await using connection = await stages.run('connect', () => connect(target, signal));
  const { client } = connection;
  const server = await serverOf(client);
  facts.serverVersion = server.versionName;
  const { timeoutSeconds, sheets } = spec;
  const options = { sheets, timeoutSeconds, serverVersion: server.version };
  const snapshot = await stages.run('snapshot', () => openSheetsSnapshot(client, options, signal));
  facts.snapshotTime = snapshot.time.toISOString();
  progress.tables = sheets.length;
  progress.estimatedRows = snapshot.sources.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0);

  const cells = new Cells(found);
  const deadline = new Date(found.now.getTime() + timeoutSeconds * 1000);
  for (const [index, source] of snapshot.sources.entries()) {
    progress.table = source.sheet.name;
    const before = progress.rows;
    const arrived = (rows: number) => {
      progress.rows = before + rows;
    };
    const shared = { client, spreadsheet, cells, deadline, warnings, notes, batchBytes, arrived };
    record.sheets.push(
      await stages.run(`sheet ${source.sheet.name}`, () => syncSheet(source, tabs[index], shared, signal)),
    );
    progress.tablesDone += 1;
  }
  await client.query('COMMIT').catch((error: unknown) => {
    throw databaseError(error, 'ending the snapshot');
  });
}

/** Removes hidden tabs of killed runs. That it does not work is a warning: another run may have been faster. */
async function removeLeftovers(
  spreadsheet: Spreadsheet,
  state: SpreadsheetState,
  warnings: string[],
  signal: AbortSignal,
): Promise<SpreadsheetState> {
  const left = leftovers(state);
  if (left.length === 0) return state;
  const ids = new Set(left.map(({ id }) => id));
  const isGone = ({ tabs }: SpreadsheetState) => tabs.every(({ id }) => !ids.has(id));
  try {
    await spreadsheet.change('remove hidden tabs of a killed run', [...ids].map(deleteTab), isGone, signal);
    return { ...state, tabs: state.tabs.filter(({ id }) => !ids.has(id)) };
  } catch (error) {
    if (signal.aborted || !(error instanceof BackupError)) throw error;
    warnings.push(`${countOf(left.length, 'hidden tab')} of a killed run could not be removed.`);
    return state;
  }
}
