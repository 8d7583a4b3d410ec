import type { ScheduledStatus } from '../../crds/scheduledStatus.ts';
import { timeInZone } from '../../crds/timeInZone.ts';
import type { CheckState } from './checkDecisions.ts';
import { conditionOf, timeText, type Verdict, withConditions } from './conditions.ts';
import { finished } from './jobOutcome.ts';
import type { Run } from './kinds.ts';
import { scheduleNotice } from './notices.ts';
import type { Action, EventText, Observed, Policy } from './observed.ts';
import { latestEnded, ownRuns, recordOf } from './records.ts';
import { compact } from './runStatus.ts';
import { sameJSON } from './sameJson.ts';
import { lastRunVerdict, missedVerdict, readyVerdict, staleVerdict } from './scheduledConditions.ts';
import { cronJobName, type More } from './scheduledKind.ts';
import { activeSchedule, missedTimes, nextTime, ranAt, staleAt, startingDeadline } from './scheduleState.ts';

interface Result {
  readonly actions: readonly Action[];
  readonly lookAgainAt: Date | undefined;
}

/**
 * The status of a backup or a sync, from its records, its CronJob and its checks. A turn to ScheduleMissed or Stale makes its notify
 * Job before the status says so: a crash in between makes the same Job again, and that is one.
 */
export function decideStatus(
  observed: Observed,
  { check, more }: { readonly check: CheckState; readonly more: More | undefined },
  isForeign: boolean,
  policy: Policy,
  now: Date,
): Result {
  const { kind, owner, cronJob, jobs, parsed } = observed;
  const { generation = 0 } = owner.metadata;
  const before = owner.status ?? {};
  const own = ownRuns(observed);
  const last = latestEnded(own);
  const lastSuccessTime = newest([
    before.lastSuccessTime,
    ...own.filter(({ status }) => status?.phase === 'Succeeded').map(({ status }) => status?.completionTime),
  ]);
  const { spec, schedule } = parsed;
  const active = spec && !isForeign ? activeSchedule(spec, schedule, cronJob) : undefined;
  const next = active && nextTime(active, now);
  const turnsStale = spec && active && staleAt(active, date(lastSuccessTime), spec.timeoutSeconds);
  const lastScheduleTime = cronJob && !isForeign ? cronJob.status?.lastScheduleTime : undefined;
  const { missed, lookAgainAt: missedAt } =
    active && spec
      ? missedTimes(
          active,
          seenUntil(before),
          ranAt(cronJobName(kind, owner), jobs.run, observed.runs),
          startingDeadline(spec, schedule),
          now,
        )
      : { missed: [], lookAgainAt: undefined };
  const hasStartedSince =
    newer(lastScheduleTime, before.lastScheduleTime) ||
    own.some(({ status }) => newer(status?.startTime, before.missedUntil));
  const verdicts: Verdict[] = [
    readyVerdict(observed, isForeign, check, active && spec ? parsed.skippedTime?.(now) : undefined),
    lastRunVerdict(observed, last),
    staleVerdict(observed, turnsStale, now),
    missedVerdict(observed, active !== undefined, missed, hasStartedSince),
    ...(more?.verdicts ?? []),
  ];
  const activeJob = jobs.run.find((job) => finished(job) === undefined);
  const status: ScheduledStatus = compact({
    observedGeneration: generation,
    conditions: withConditions(before.conditions, verdicts, generation, now),
    activeRun: activeJob && (recordOf(activeJob, observed.runs)?.metadata.name ?? activeJob.metadata.name),
    lastRun: last && lastRun(last),
    lastSuccessTime,
    lastScheduleTime,
    missedUntil: newest([before.missedUntil, missed.at(-1) && timeText(missed.at(-1) as Date)]),
    nextScheduleTime: next && spec && timeInZone(next, spec.timeZone),
    consecutiveFailures: last?.status?.consecutiveFailures ?? before.consecutiveFailures,
    lastCheck: check.lastCheck,
    ...more?.status,
  });
  const lookAgainAt = earliest([
    next,
    missedAt,
    turnsStale && turnsStale > now ? turnsStale : undefined,
    check.lookAgainAt,
  ]);
  if (sameJSON(owner.status ?? {}, status)) return { actions: [], lookAgainAt };
  const notices = turned(before, verdicts).flatMap((verdict) =>
    noticeOf(verdict, observed, policy, turnsStale, missed),
  );
  return {
    actions: [
      ...notices,
      ...(more?.told.actions ?? []),
      {
        type: 'ApplyStatus',
        object: { ...owner, status },
        events: [...events(before, verdicts), ...(more?.told.events ?? [])],
      },
    ],
    lookAgainAt,
  };
}

/** Until when scheduled times were looked at: they are not told a second time. */
function seenUntil({ lastScheduleTime, missedUntil }: ScheduledStatus): Date | undefined {
  return date(newest([lastScheduleTime, missedUntil]));
}

function lastRun({ metadata, status }: Run): ScheduledStatus['lastRun'] {
  if (status === undefined) return undefined;
  const { jobUID, conditions, observedGeneration, ...result } = status;
  return { name: metadata.name, ...result };
}

/** Conditions that became what they are not always: ScheduleMissed and Stale turned True. */
function turned(before: ScheduledStatus, verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(
    ({ type, status }) =>
      (type === 'Stale' || type === 'ScheduleMissed') &&
      status === 'True' &&
      conditionOf(before.conditions, type)?.status !== 'True',
  );
}

function noticeOf(
  { type, message }: Verdict,
  { kind, owner, parsed: { spec } }: Observed,
  { defaults }: Policy,
  staleSince: Date | undefined,
  missed: readonly Date[],
): Action[] {
  const email = spec?.notification?.email;
  const at = type === 'Stale' ? staleSince : missed.at(-1);
  if (spec === undefined || email === undefined || email.when === 'Never' || at === undefined) return [];
  const reason = type === 'Stale' ? 'NoRecentSuccess' : 'ScheduleMissed';
  const input = { kind, owner, spec, defaults };
  return [{ type: 'CreateJob', job: scheduleNotice(input, reason, message, at), for: undefined }];
}

/** Events for what a person should see in `kubectl describe`: a changed Ready, and the turns to ScheduleMissed and Stale. */
function events(before: ScheduledStatus, verdicts: readonly Verdict[]): EventText[] {
  const ready = verdicts.filter(({ type, status, reason }) => {
    const old = conditionOf(before.conditions, type);
    return type === 'Ready' && status !== 'Unknown' && (old?.status !== status || old.reason !== reason);
  });
  return [...ready, ...turned(before, verdicts)].map(({ type, status, reason, message }) => ({
    type: type === 'Ready' && status === 'True' ? 'Normal' : 'Warning',
    reason,
    action: type === 'Ready' ? 'Check' : 'Schedule',
    note: message,
  }));
}

/** The latest of RFC 3339 times. */
function newest(times: readonly (string | undefined)[]): string | undefined {
  return times.reduce((latest, time) => (newer(time, latest) ? time : latest), undefined);
}

function newer(time: string | undefined, than: string | undefined): boolean {
  return time !== undefined && (than === undefined || Date.parse(time) > Date.parse(than));
}

function date(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce((first, time) => (time && (!first || time < first) ? time : first), undefined);
}
