import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { BackupStatus } from '../../crds/backupStatus.ts';
import { type CronSchedule, nextScheduled } from '../../crds/cronSchedule.ts';
import { timeText } from './conditions.ts';

type DrillSchedule = NonNullable<BackupStatus['drillSchedule']>;

/**
 * When the next drill is due. A time that has come stays until its drill was made (`done`), however long the operator was
 * away; of several that passed meanwhile one is made up for. A schedule that was changed begins anew.
 */
export function drillSchedule(
  known: DrillSchedule | undefined,
  {
    spec,
    cron,
    done,
  }: { readonly spec: BackupSpec; readonly cron: CronSchedule; readonly done: string | undefined },
  now: Date,
): DrillSchedule {
  const schedule = `${spec.drill?.schedule ?? ''} ${spec.timeZone}`;
  const next = (since: Date) => {
    const time = nextScheduled(cron, since, now);
    return time === undefined ? {} : { next: timeText(time) };
  };
  if (known?.schedule !== schedule) return { schedule, since: timeText(now), ...next(now) };
  const isDone = known.next !== undefined && done !== undefined && done >= known.next;
  if (known.next !== undefined && !isDone) return known;
  return { schedule, since: known.since, ...next(new Date(known.next ?? known.since)) };
}
