import { z } from 'zod';
import { recordFields, recordName, runOutcome, scheduledStatus } from './scheduledStatus.ts';
import { syncedSheet } from './syncReport.ts';

/** Outcome of a sync's run, as the record of the run and lastRun of the sync show it. */
export const syncResult = runOutcome.extend({
  snapshotTime: runOutcome.shape.snapshotTime.describe('Moment of the data, the same in all tabs.'),
  rows: runOutcome.shape.rows.describe('Rows that were written to all tabs, without the headers.'),
  spreadsheet: z.string().max(1024).optional().describe('Title of the spreadsheet.'),
  link: z.string().max(1024).optional().describe('Address that opens it.'),
  sheets: z
    .array(syncedSheet)
    .max(20)
    .optional()
    .describe('Tabs that are complete; after a failure those before it.'),
  notes: z
    .array(z.string().max(1024))
    .max(16)
    .optional()
    .describe('What the spreadsheet could not hold as it is: cut or left out.'),
});

/** status of a SheetSync. */
export const syncStatus = scheduledStatus
  .extend({
    lastRun: syncResult.extend({ name: recordName }).optional().describe('The run that ended last.'),
    lastSuccessTime: scheduledStatus.shape.lastSuccessTime.describe(
      'When the last run ended that brought every tab up to the database.',
    ),
  })
  .describe('What happened, and what comes next. The operator alone writes it.');
export type SyncStatus = z.output<typeof syncStatus>;

/** status of a SheetSyncRun. */
export const syncRunStatus = syncResult
  .extend(recordFields)
  .describe('What became of the run. The operator alone writes it.');
export type SyncRunStatus = z.output<typeof syncRunStatus>;
