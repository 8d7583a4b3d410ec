import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { runReport } from './runReport.ts';

const { files, retention, snapshotSeconds } = runReport.shape;

const condition = z.strictObject({
  type: z.string().min(1).max(316).describe('What it tells of.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  reason: z.string().min(1).max(1024).describe('Why, in one word; docs/reasons.md explains each.'),
  message: z.string().max(32768).describe('Why, in a sentence.'),
  lastTransitionTime: z.iso.datetime().describe('When status changed last.'),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .describe('metadata.generation of the spec that it was found for.'),
});

export const conditions = z
  .array(condition)
  .max(16)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

export type Condition = z.output<typeof condition>;

export const runPhases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
export type RunPhase = (typeof runPhases)[number];
export const triggers = ['Schedule', 'Manual', 'API'] as const;
export type Trigger = (typeof triggers)[number];

/** Outcome of a run, as the record of the run and lastRun of the backup show it. */
export const runResult = z.strictObject({
  phase: z
    .enum(runPhases)
    .optional()
    .describe('Pending (no pod runs yet, or another run goes first), Running, Succeeded or Failed.'),
  trigger: z
    .enum(triggers)
    .optional()
    .describe(
      'What started it: the Schedule, a Job made by hand (Manual) or a DatabaseBackupRun made by hand (API).',
    ),
  attempts: z.int().min(0).optional().describe('How often it was tried, this time included.'),
  startTime: z.iso.datetime().optional().describe('When its Job started.'),
  completionTime: z.iso.datetime().optional().describe('When it ended.'),
  duration: z.string().max(32).optional().describe('From start to end, such as 3m12s.'),
  snapshotTime: z.iso
    .datetime()
    .optional()
    .describe('Moment of the data: the files hold the database as it was then.'),
  snapshotSeconds: snapshotSeconds,
  set: z.string().max(128).optional().describe('Common part of the file names.'),
  rows: z.int().min(0).optional().describe('Rows of all exported tables.'),
  bytes: z.int().min(0).optional().describe('Sum of the files.'),
  size: z.string().max(32).optional().describe('Sum of the files for people, such as 24.1 MiB.'),
  files: files.max(16).optional().describe('The files of the set.'),
  folderLink: z.string().max(1024).optional().describe('Address that opens the folder.'),
  reason: z.enum(failureReasons).optional().describe('Why it failed, in one word.'),
  message: z.string().max(4096).optional().describe('What happened, in a sentence.'),
  hint: z.string().max(1024).optional().describe('What to do.'),
  retention: retention.describe('Which sets were removed afterwards, and which were not.'),
  warnings: z.array(z.string().max(1024)).max(16).optional().describe('What a person should look at.'),
  consecutiveFailures: z
    .int()
    .min(0)
    .optional()
    .describe('Failed runs in a row, this one included; 0 after a success.'),
});
export type RunResult = z.output<typeof runResult>;

export const observedGeneration = z
  .int()
  .min(0)
  .optional()
  .describe('metadata.generation of the spec that this status is about.');

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
export const backupStatus = z
  .strictObject({
    observedGeneration: observedGeneration,
    conditions: conditions
      .optional()
      .describe(
        'Ready, LastRunSucceeded, Stale, ScheduleMissed and DrillSucceeded; docs/reasons.md lists the reasons.',
      ),
    activeRun: z.string().max(253).optional().describe('Name of the run that is active.'),
    lastRun: runResult
      .extend({ name: z.string().max(253).optional().describe('Name of its DatabaseBackupRun.') })
      .optional()
      .describe('The run that ended last.'),
    lastSuccessTime: z.iso
      .datetime()
      .optional()
      .describe('When the last complete and verified backup ended.'),
    lastScheduleTime: z.iso
      .datetime()
      .optional()
      .describe('The scheduled time that a run was started for last.'),
    missedUntil: z.iso
      .datetime()
      .optional()
      .describe('The last scheduled time that is known to have been missed.'),
    nextScheduleTime: z
      .string()
      .max(64)
      .optional()
      .describe('When the schedule fires next, in spec.timeZone: a string for people.'),
    consecutiveFailures: z.int().min(0).optional().describe('Failed runs since the last success.'),
    lastCheck: z
      .strictObject({
        job: z.string().max(63).describe('Name of its Job.'),
        time: z.iso.datetime().describe('When it ended.'),
        generation: z.int().min(0).describe('Generation of the spec that was checked.'),
        result: z.enum(['Passed', 'Failed']).describe('Whether everything that a backup needs was found.'),
        reason: z.enum(failureReasons).optional().describe('What the first failure was, in one word.'),
        message: z.string().max(4096).optional().describe('The failures and warnings, in sentences.'),
        failures: z.int().min(0).describe('Failed checks in a row; each makes the next one wait longer.'),
        checkNow: z.string().max(256).optional().describe('Value of dbbackup.dev/check-now that it answers.'),
      })
      .optional()
      .describe('What the last check Job found: it tries everything that a backup needs.'),
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
  .extend({
    observedGeneration: observedGeneration,
    jobUID: z.string().max(64).optional().describe('UID of the Job that this record belongs to.'),
    conditions: conditions.optional().describe('Notified: whether a mail told of the run.'),
  })
  .describe('What became of the run. The operator alone writes it.');
export type BackupRunStatus = z.output<typeof backupRunStatus>;
