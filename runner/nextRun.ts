import type { BackupSpec } from '../crds/backupSpec.ts';
import { cronSchedule } from '../crds/cronSchedule.ts';
import { BackupError } from '../crds/failureReason.ts';

/**
 * RFC 3339 time of the next scheduled run in a cluster. Undefined where none comes (on demand only, suspended, a date that
 * there never is), and for `@every`, which counts from a time that only the cluster knows.
 */
export function nextRun(
  { schedule, timeZone, suspend }: Pick<BackupSpec, 'schedule' | 'timeZone' | 'suspend'>,
  now: Date,
): string | undefined {
  if (schedule === undefined || suspend) return undefined;
  try {
    const cron = cronSchedule(schedule, timeZone);
    return cron.every === undefined ? cron.next(now)?.toISOString() : undefined;
  } catch (error) {
    // A schedule that nobody understands is the operator's matter: this mail tells of something else.
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
