import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { runReport } from './runReport.ts';

const { files, retention, snapshotSeconds } = runReport.shape;

const condition = z.strictObject({
  type: z.string().min(1).max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(1024),
  message: z.string().max(32768),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.int().min(0).optional(),
});

const conditions = z
  .array(condition)
  .max(16)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

export type Condition = z.output<typeof condition>;

export const runPhases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
export type RunPhase = (typeof runPhases)[number];
export const triggers = ['Schedule', 'Manual', 'API'] as const;
export type Trigger = (typeof triggers)[number];

/** Outcome of a run, as the record of the run and lastRun of the backup show it. */
const runResult = z.strictObject({
  phase: z.enum(runPhases).optional(),
  trigger: z.enum(triggers).optional().describe('What started it.'),
  attempts: z.int().min(0).optional(),
  startTime: z.iso.datetime().optional(),
  completionTime: z.iso.datetime().optional(),
  duration: z.string().max(32).optional().describe('Such as 3m12s.'),
  snapshotTime: z.iso.datetime().optional(),
  snapshotSeconds: snapshotSeconds,
  set: z.string().max(128).optional().describe('Common part of the file names.'),
  rows: z.int().min(0).optional(),
  bytes: z.int().min(0).optional(),
  size: z.string().max(32).optional().describe('Sum of the files, such as 24.1 MB.'),
  files: files.max(16).optional(),
  folderLink: z.string().max(1024).optional(),
  reason: z.enum(failureReasons).optional(),
  message: z.string().max(4096).optional(),
  hint: z.string().max(1024).optional().describe('What to do.'),
  retention: retention,
  warnings: z.array(z.string().max(1024)).max(16).optional().describe('What a person should look at.'),
  consecutiveFailures: z
    .int()
    .min(0)
    .optional()
    .describe('Failed runs in a row, this one included; 0 after a success.'),
});
export type RunResult = z.output<typeof runResult>;

/** status of a DatabaseBackup. */
export const backupStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  conditions: conditions
    .optional()
    .describe('Ready, LastRunSucceeded, Stale and ScheduleMissed; docs/reasons.md lists the reasons.'),
  activeRun: z.string().max(253).optional().describe('Name of the run that is active.'),
  lastRun: runResult.extend({ name: z.string().max(253).optional() }).optional(),
  lastSuccessTime: z.iso.datetime().optional(),
  lastScheduleTime: z.iso.datetime().optional(),
  missedUntil: z.iso
    .datetime()
    .optional()
    .describe('The last scheduled time that is known to have been missed.'),
  nextScheduleTime: z.string().max(64).optional().describe("In the backup's time zone."),
  consecutiveFailures: z.int().min(0).optional().describe('Failed runs since the last success.'),
  lastCheck: z
    .strictObject({
      job: z.string().max(63).describe('Name of its Job.'),
      time: z.iso.datetime().describe('When it ended.'),
      generation: z.int().min(0).describe('Generation of the spec that was checked.'),
      result: z.enum(['Passed', 'Failed']),
      reason: z.enum(failureReasons).optional(),
      message: z.string().max(4096).optional(),
      failures: z.int().min(0).describe('Failed checks in a row; each makes the next one wait longer.'),
      checkNow: z.string().max(256).optional().describe('Value of dbbackup.dev/check-now that it answers.'),
    })
    .optional()
    .describe('The last check Job.'),
});
export type BackupStatus = z.output<typeof backupStatus>;

/** status of a DatabaseBackupRun. */
export const backupRunStatus = runResult.extend({
  observedGeneration: z.int().min(0).optional(),
  jobUID: z.string().max(64).optional().describe('UID of the Job that this record belongs to.'),
  conditions: conditions.optional().describe('Notified: whether a mail told of the run.'),
});
export type BackupRunStatus = z.output<typeof backupRunStatus>;
