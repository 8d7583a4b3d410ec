import { z } from 'zod';
import { backupSpec } from './backupSpec.ts';
import { apiVersion, metadata } from './databaseBackup.ts';
import { databaseSpec } from './databaseSpec.ts';
import { runnerSpec } from './runnerSpec.ts';
import { sheetsSpec, spreadsheetSpec } from './sheetSpec.ts';

const { schedule, timeZone, suspend, startingDeadlineSeconds, timeoutSeconds, retries } = backupSpec.shape;

/** spec of a SheetSync. */
export const syncSpec = z
  .strictObject({
    schedule,
    timeZone: timeZone.describe('IANA time zone of the schedule.'),
    ...{ suspend, startingDeadlineSeconds },
    timeoutSeconds: timeoutSeconds.describe(
      'How long one attempt may take, and each of its statements. The runner itself keeps it.',
    ),
    retries,
    database: databaseSpec.omit({ tables: true }).describe('The PostgreSQL database.'),
    spreadsheet: spreadsheetSpec.describe('Where the rows go.'),
    sheets: sheetsSpec.describe('The tabs, all from one snapshot of the database.'),
    runner: runnerSpec.optional().describe('The pod of the runner.'),
  })
  .describe('Which rows stand in which tabs of a spreadsheet, and when they are written.');
export type SyncSpec = z.output<typeof syncSpec>;
/** A spec as a person writes it. */
export type SyncSpecInput = z.input<typeof syncSpec>;

/** The CronJob is `<name>-sync`, and Kubernetes allows a CronJob's name 52 characters. */
export const longestSyncName = 47;

/** A table or a query in a spreadsheet, on a schedule and on demand. */
export const sheetSync = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('SheetSync'),
  metadata: metadata(longestSyncName, ', the most that a CronJob named after it may have'),
  spec: syncSpec,
});
export type SheetSync = z.output<typeof sheetSync>;
