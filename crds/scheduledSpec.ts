import { z } from 'zod';
import { scheduleText, timeZoneName } from './scheduleSpec.ts';

/** Fields of the spec of every kind that runs on a schedule and on demand. */
export const scheduledFields = {
  schedule: scheduleText
    .optional()
    .describe(
      'When to run, as in a Kubernetes CronJob: five fields (minute, hour, day of month, month, day of week) such as "0 2 * * *", or a macro such as @daily or @every 6h. Left out: on demand only.',
    ),
  timeZone: timeZoneName.default('UTC').describe('IANA time zone of the schedule.'),
  suspend: z.boolean().default(false).describe('Stops the schedule alone; runs on demand still work.'),
  startingDeadlineSeconds: z
    .int()
    .min(10)
    .max(604800)
    .optional()
    .describe(
      'How late a scheduled run may start. Else half the shortest interval of the schedule, between one hour and twelve.',
    ),
  timeoutSeconds: z
    .int()
    .min(10)
    .max(604800)
    .default(3600)
    .describe('How long one attempt may take. The runner itself keeps it and still cleans up and reports.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('How often a transient failure is tried again. A permanent one never is.'),
};

/** spec.runHistoryLimit: how many records of the kind `runKind` stay. */
export const runHistoryLimit = (runKind: string) =>
  z
    .strictObject({
      successful: z.int().min(1).max(1000).default(30).describe('Records of successful runs that are kept.'),
      failed: z.int().min(1).max(1000).default(10).describe('Records of failed runs that are kept.'),
    })
    .prefault({})
    .describe(`How many ${runKind} records stay.`);
