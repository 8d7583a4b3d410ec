import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { runReport } from './runReport.ts';

const { files, retention } = runReport.shape;

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

export const runPhases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
export const triggers = ['Schedule', 'Manual', 'API'] as const;

/** Outcome of a run, as the record of the run and lastRun of the backup show it. */
const runResult = z.strictObject({
  phase: z.enum(runPhases).optional(),
  trigger: z.enum(triggers).optional().describe('What started it.'),
  attempts: z.int().min(0).optional(),
  startTime: z.iso.datetime().optional(),
  completionTime: z.iso.datetime().optional(),
  duration: z.string().max(32).optional().describe('Such as 3m12s.'),
  snapshotTime: z.iso.datetime().optional(),
  set: z.string().max(128).optional().describe('Common part of the file names.'),
  rows: z.int().min(0).optional(),
  bytes: z.int().min(0).optional(),
  size: z.string().max(32).optional().describe('Sum of the files, such as 24.1 MB.'),
  files: files.max(16).optional(),
  reason: z.enum(failureReasons).optional(),
  message: z.string().max(4096).optional(),
  hint: z.string().max(1024).optional().describe('What to do.'),
  retention: retention,
});

/** status of a DatabaseBackup. */
export const backupStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  conditions: conditions
    .optional()
    .describe('Ready, LastRunSucceeded and Stale, with reasons from the list of failure reasons.'),
  activeRun: z.string().max(253).optional().describe('Name of the run that is active.'),
  lastRun: runResult.extend({ name: z.string().max(253).optional() }).optional(),
  lastSuccessTime: z.iso.datetime().optional(),
  lastScheduleTime: z.iso.datetime().optional(),
  nextScheduleTime: z.string().max(64).optional().describe("In the backup's time zone."),
  consecutiveFailures: z.int().min(0).optional(),
});

/** status of a DatabaseBackupRun. */
export const backupRunStatus = runResult.extend({
  observedGeneration: z.int().min(0).optional(),
  jobUID: z.string().max(64).optional().describe('UID of the Job that this record belongs to.'),
  conditions: conditions.optional(),
});
