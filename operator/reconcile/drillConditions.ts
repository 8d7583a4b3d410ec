import type { BackupStatus } from '../../crds/backupStatus.ts';
import type { CronSchedule } from '../../crds/cronSchedule.ts';
import type { DrillSpec } from '../../crds/drillSpec.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { countOf } from '../../crds/inWords.ts';
import { timeText, type Verdict } from './conditions.ts';

const day = 86_400_000;

/**
 * When the last good drill is too old: after spec.drill.maxAgeDays, else when two scheduled times in a row and the time
 * that the second may take have passed. Before the first one it counts from the schedule's beginning.
 */
export function overdueAt(
  { maxAgeDays, timeoutSeconds }: Pick<DrillSpec, 'maxAgeDays' | 'timeoutSeconds'>,
  cron: CronSchedule | undefined,
  lastSuccessTime: string | undefined,
  schedule: BackupStatus['drillSchedule'],
): Date | undefined {
  const since = [lastSuccessTime, schedule?.since].filter((time) => time !== undefined).map(Date.parse);
  if (since.length === 0) return undefined;
  if (maxAgeDays !== undefined) return new Date((since[0] ?? 0) + maxAgeDays * day);
  const first = cron?.next(new Date(Math.max(...since)));
  const second = first && cron?.next(first);
  return second && new Date(second.getTime() + timeoutSeconds * 1000);
}

/** How the last drill ended, and whether it is too long ago. */
export function drillVerdict(last: BackupStatus['lastDrill'], overdue: Date | undefined, now: Date): Verdict {
  const type = 'DrillSucceeded';
  if (last?.result === 'Failed') {
    const { reason = 'Internal', job, message = '', hint = '' } = last;
    return { type, status: 'False', reason, message: `Drill ${job} failed: ${message} ${hint}` };
  }
  if (overdue !== undefined && overdue <= now) {
    const since =
      last === undefined ? 'There has been no drill yet' : `The last good drill ended at ${last.time}`;
    const message = `${since}; one was due by ${timeText(overdue)}. ${reasonFacts('DrillOverdue').hint}`;
    return { type, status: 'False', reason: 'DrillOverdue', message };
  }
  if (last === undefined)
    return { type, status: 'Unknown', reason: 'NoDrillYet', message: 'No drill has ended yet.' };
  const { set = '', rows = 0, recoveryTime = '' } = last;
  const message = `${set} can be restored: ${countOf(rows, 'row')} in ${recoveryTime}.`;
  return { type, status: 'True', reason: 'DrillSucceeded', message };
}
