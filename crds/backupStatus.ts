import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { runReport } from './runReport.ts';
import { recordFields, recordName, runOutcome, scheduledStatus } from './scheduledStatus.ts';

const { files, retention, snapshotSeconds } = runReport.shape;
const { snapshotTime } = runOutcome.shape;

/** Outcome of a backup's run, as the record of the run and lastRun of the backup show it. */
export const runResult = runOutcome.extend({
  snapshotTime: snapshotTime.describe('Moment of the data: the files hold the database as it was then.'),
  snapshotSeconds: snapshotSeconds,
  set: z.string().max(128).optional().describe('Common part of the file names.'),
  rows: z.int().min(0).optional().describe('Rows of all exported tables.'),
  bytes: z.int().min(0).optional().describe('Sum of the files.'),
  size: z.string().max(32).optional().describe('Sum of the files for people, such as 24.1 MiB.'),
  files: files.max(16).optional().describe('The files of the set.'),
  folderLink: z.string().max(1024).optional().describe('Address that opens the folder.'),
  retention: retention.describe('Which sets were removed afterwards, and which were not.'),
});
export type RunResult = z.output<typeof runResult>;

/** Outcome of a drill. It holds names and counts, and never a value of a row. */
const lastDrill = z.strictObject({
  job: z.string().max(63).describe('Name of its Job.'),
  time: z.iso.datetime().describe('When it ended.'),
  result: z.enum(['Succeeded', 'Failed']).describe('Whether the set came back as it was read.'),
  set: z.string().max(128).optional().describe('The set that was restored.'),
  snapshotTime: z.iso.datetime().optional().describe('Moment of its data.'),
  tables: z.int().min(0).optional().describe('Tables that were restored.'),
  rows: z.int().min(0).optional().describe('Rows that were restored and counted.'),
  comparedTables: z.int().min(0).optional().describe('Tables whose contents were compared by a checksum.'),
  recoverySeconds: z
    .number()
    .min(0)
    .optional()
    .describe('From the look at the folder to the compared and asserted database.'),
  recoveryTime: z.string().max(32).optional().describe('The same for people, such as 3m12s.'),
  reason: z.enum(failureReasons).optional().describe('Why it failed, in one word.'),
  message: z.string().max(4096).optional().describe('What happened, in a sentence.'),
  hint: z.string().max(1024).optional().describe('What to do.'),
  scheduleTime: z.iso.datetime().optional().describe('The scheduled time that it was made for.'),
  drillNow: z.string().max(256).optional().describe('Value of dbbackup.dev/drill-now that it answers.'),
});

/** status of a DatabaseBackup. */
export const backupStatus = scheduledStatus
  .extend({
    conditions: scheduledStatus.shape.conditions.describe(
      'Ready, LastRunSucceeded, Stale, ScheduleMissed and DrillSucceeded; docs/reasons.md lists the reasons.',
    ),
    lastRun: runResult.extend({ name: recordName }).optional().describe('The run that ended last.'),
    lastSuccessTime: scheduledStatus.shape.lastSuccessTime.describe(
      'When the last complete and verified backup ended.',
    ),
    lastDrill: lastDrill.optional().describe('How the last drill ended: a restore into a scratch database.'),
    activeDrill: lastDrill
      .pick({ job: true, scheduleTime: true, drillNow: true })
      .optional()
      .describe('The drill that is active.'),
    lastDrillSuccessTime: z.iso.datetime().optional().describe('When the last good drill ended.'),
    drillSchedule: z
      .strictObject({
        schedule: z.string().max(256).describe('spec.drill.schedule and its time zone.'),
        since: z.iso.datetime().describe('Since when it is what it is.'),
        next: z.iso.datetime().optional().describe('When the next drill is due.'),
      })
      .optional()
      .describe('When drills run; the operator starts them itself.'),
  })
  .describe('What happened, and what comes next. The operator alone writes it.');
export type BackupStatus = z.output<typeof backupStatus>;

/** status of a DatabaseBackupRun. */
export const backupRunStatus = runResult
  .extend(recordFields)
  .describe('What became of the run. The operator alone writes it.');
export type BackupRunStatus = z.output<typeof backupRunStatus>;
