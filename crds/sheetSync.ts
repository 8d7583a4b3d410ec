import { z } from 'zod';
import { apiVersion, metadata } from './databaseBackup.ts';
import { databaseSpec } from './databaseSpec.ts';
import { failureNotificationSpec } from './notificationSpec.ts';
import { runnerSpec } from './runnerSpec.ts';
import { runHistoryLimit, scheduledFields } from './scheduledSpec.ts';
import { sheetsSpec, spreadsheetSpec } from './sheetSpec.ts';
import { syncStatus } from './syncStatus.ts';

/** spec of a SheetSync. */
export const syncSpec = z
  .strictObject({
    ...scheduledFields,
    timeoutSeconds: scheduledFields.timeoutSeconds.describe(
      'How long one attempt may take, and each of its statements. The runner itself keeps it.',
    ),
    database: databaseSpec.omit({ tables: true }).describe('The PostgreSQL database.'),
    spreadsheet: spreadsheetSpec.describe('Where the rows go.'),
    sheets: sheetsSpec.describe('The tabs, all from one snapshot of the database.'),
    notification: failureNotificationSpec.optional().describe('Who is told of a run.'),
    runner: runnerSpec.optional().describe('The pod of the runner.'),
    runHistoryLimit: runHistoryLimit('SheetSyncRun'),
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
  status: syncStatus.optional(),
});
export type SheetSync = z.output<typeof sheetSync>;

/** What the CRD says beside the schema. */
export const sheetSyncResource = {
  kind: 'SheetSync',
  plural: 'sheetsyncs',
  shortName: 'ss',
  description:
    'Tables and queries of a PostgreSQL database in the tabs of a spreadsheet, on a schedule and on demand.',
  spec: syncSpec,
  status: syncStatus,
  rules: [
    {
      rule: `self.metadata.name.size() <= ${longestSyncName}`,
      message: `has more than ${longestSyncName} characters, the most that a CronJob named after it may have`,
      fieldPath: '.metadata.name',
    },
  ],
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
    { name: 'Last Result', type: 'string', jsonPath: '.status.lastRun.phase' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.lastRun.rows' },
    { name: 'Last Sync', type: 'date', jsonPath: '.status.lastSuccessTime' },
    { name: 'Next', type: 'string', jsonPath: '.status.nextScheduleTime' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
};
