import { type CronSchedule, defaultStartingDeadline, nextScheduled } from '../../crds/cronSchedule.ts';
import { annotations, type CronJob, type Job, type Run, type ScheduledSpec } from './kinds.ts';

/** How late the CronJob controller may be before a time counts as missed: it looks at every CronJob about each 10 s. */
const slackMs = 60_000;
/** The CronJob controller leaves 20 Jobs of each result: of older times nobody knows whether they ran. */
const rememberedTimes = 20;
/** Nobody wants to hear of older ones. */
const longestLookBack = 31 * 86_400_000;

/** What is known of a schedule that is active. */
export interface ActiveSchedule {
  readonly schedule: CronSchedule;
  /** Since when it is what it is: nothing before can have been missed. */
  readonly since: Date;
  readonly lastScheduleTime: Date | undefined;
}

/** startingDeadlineSeconds of the CronJob: by the spec, else from the schedule. */
export function startingDeadline(spec: ScheduledSpec, schedule: CronSchedule | undefined): number {
  if (spec.startingDeadlineSeconds !== undefined) return spec.startingDeadlineSeconds;
  return schedule === undefined ? 3600 : defaultStartingDeadline(schedule);
}

/** The schedule that the CronJob runs by; undefined while it is suspended or not there. */
export function activeSchedule(
  spec: ScheduledSpec,
  schedule: CronSchedule | undefined,
  cronJob: CronJob | undefined,
): ActiveSchedule | undefined {
  if (schedule === undefined || spec.suspend || cronJob === undefined || cronJob.spec.suspend)
    return undefined;
  const since =
    cronJob.metadata.annotations?.[annotations.scheduledSince] ?? cronJob.metadata.creationTimestamp;
  if (since === undefined) return undefined;
  const last = cronJob.status?.lastScheduleTime;
  return {
    schedule,
    since: new Date(since),
    lastScheduleTime: last === undefined ? undefined : new Date(last),
  };
}

/** When the CronJob controller fires next after `time`, counted from where it counts. */
export function nextTime(
  { schedule, since, lastScheduleTime }: ActiveSchedule,
  time: Date,
): Date | undefined {
  return nextScheduled(schedule, lastScheduleTime ?? since, time);
}

/**
 * Times after `seenUntil` that passed without a run: skipped by the CronJob controller, or due for longer than they may
 * be late. `lookAgainAt` is when the next one may turn out to be missed.
 */
export function missedTimes(
  active: ActiveSchedule,
  seenUntil: Date | undefined,
  ran: (time: Date) => boolean,
  startingDeadlineSeconds: number,
  now: Date,
): { readonly missed: Date[]; readonly lookAgainAt: Date | undefined } {
  const { since, lastScheduleTime } = active;
  const base = Math.max(seenUntil?.getTime() ?? 0, since.getTime(), now.getTime() - longestLookBack);
  const due: Date[] = [];
  let time = nextTime(active, new Date(base));
  for (; time !== undefined && time <= now; time = nextTime(active, time)) {
    due.push(time);
    if (due.length > rememberedTimes) due.shift();
  }
  const missed: Date[] = [];
  let lookAgainAt: Date | undefined;
  for (const [index, at] of due.entries()) {
    if (ran(at)) continue;
    if (lastScheduleTime !== undefined && at <= lastScheduleTime) {
      // The last of them has a Job or had one; an earlier one without any was skipped.
      if (at < lastScheduleTime) missed.push(at);
      continue;
    }
    const following = due[index + 1] ?? time;
    const window = Math.min(
      startingDeadlineSeconds * 1000,
      following === undefined ? Infinity : following.getTime() - at.getTime(),
    );
    const lateAt = new Date(at.getTime() + window + slackMs);
    if (now >= lateAt) missed.push(at);
    else lookAgainAt ??= lateAt;
  }
  return { missed, lookAgainAt };
}

/** When a backup or a sync turns stale: two scheduled times in a row after the last success, and the time that the second run may take. */
export function staleAt(
  { schedule, since }: ActiveSchedule,
  lastSuccess: Date | undefined,
  timeoutSeconds: number,
): Date | undefined {
  const base = lastSuccess !== undefined && lastSuccess > since ? lastSuccess : since;
  const first = schedule.next(base);
  const second = first && schedule.next(first);
  return second && new Date(second.getTime() + timeoutSeconds * 1000);
}

/** Whether the time had its Job: the CronJob controller names it by the minute, and a record has the same name. */
export function ranAt(cronJob: string, jobs: readonly Job[], runs: readonly Run[]): (time: Date) => boolean {
  const names = new Set([...jobs, ...runs].map(({ metadata }) => metadata.name));
  return (time) => names.has(`${cronJob}-${Math.floor(time.getTime() / 60_000)}`);
}
