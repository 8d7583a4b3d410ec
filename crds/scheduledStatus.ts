import { z } from 'zod';
import { failureReasons } from './failureReason.ts';

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

/** Outcome of a run of any kind, as its record and lastRun of its owner show it. */
export const runOutcome = z.strictObject({
  phase: z
    .enum(runPhases)
    .optional()
    .describe('Pending (no pod runs yet, or another run goes first), Running, Succeeded or Failed.'),
  trigger: z
    .enum(triggers)
    .optional()
    .describe('What started it: the Schedule, a Job made by hand (Manual) or its record made by hand (API).'),
  attempts: z.int().min(0).optional().describe('How often it was tried, this time included.'),
  startTime: z.iso.datetime().optional().describe('When its Job started.'),
  completionTime: z.iso.datetime().optional().describe('When it ended.'),
  duration: z.string().max(32).optional().describe('From start to end, such as 3m12s.'),
  snapshotTime: z.iso.datetime().optional().describe('Moment of the data: the database as it was then.'),
  rows: z.int().min(0).optional().describe('Rows that were written.'),
  reason: z.enum(failureReasons).optional().describe('Why it failed, in one word.'),
  message: z.string().max(4096).optional().describe('What happened, in a sentence.'),
  hint: z.string().max(1024).optional().describe('What to do.'),
  warnings: z.array(z.string().max(1024)).max(16).optional().describe('What a person should look at.'),
  consecutiveFailures: z
    .int()
    .min(0)
    .optional()
    .describe('Failed runs in a row, this one included; 0 after a success.'),
});
export type RunOutcome = z.output<typeof runOutcome>;

export const observedGeneration = z
  .int()
  .min(0)
  .optional()
  .describe('metadata.generation of the spec that this status is about.');

/** What the record of a run has beside its outcome. */
export const recordFields = {
  observedGeneration,
  jobUID: z.string().max(64).optional().describe('UID of the Job that this record belongs to.'),
  conditions: conditions.optional().describe('Notified: whether a mail told of the run.'),
};

const runStatus = runOutcome.extend(recordFields);
/** status of the record of a run, as far as it is the same for all kinds. */
export type RunStatus = z.output<typeof runStatus>;

/** The name of its record, beside the outcome of the run that ended last. */
export const recordName = z.string().max(253).optional().describe('Name of its record.');

/** status of a kind that runs on a schedule, as far as it is the same for all of them. */
export const scheduledStatus = z.strictObject({
  observedGeneration,
  conditions: conditions
    .optional()
    .describe('Ready, LastRunSucceeded, Stale and ScheduleMissed; docs/reasons.md lists the reasons.'),
  activeRun: z.string().max(253).optional().describe('Name of the run that is active.'),
  lastRun: runOutcome.extend({ name: recordName }).optional().describe('The run that ended last.'),
  lastSuccessTime: z.iso.datetime().optional().describe('When the last successful run ended.'),
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
      result: z.enum(['Passed', 'Failed']).describe('Whether everything that a run needs was found.'),
      reason: z.enum(failureReasons).optional().describe('What the first failure was, in one word.'),
      message: z.string().max(4096).optional().describe('The failures and warnings, in sentences.'),
      failures: z.int().min(0).describe('Failed checks in a row; each makes the next one wait longer.'),
      checkNow: z.string().max(256).optional().describe('Value of dbbackup.dev/check-now that it answers.'),
    })
    .optional()
    .describe('What the last check Job found: it tries everything that a run needs.'),
});
export type ScheduledStatus = z.output<typeof scheduledStatus>;
