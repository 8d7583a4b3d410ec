import type { BackupStatus } from '../../crds/backupStatus.ts';
import { drillReport } from '../../crds/drillReport.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { timeText, type Verdict } from './conditions.ts';
import { drillVerdict, overdueAt } from './drillConditions.ts';
import { drillSchedule } from './drillSchedule.ts';
import { finished, jobOutcome } from './jobOutcome.ts';
import { ownJob } from './jobTemplate.ts';
import { annotations, type Job } from './kinds.ts';
import { derivedName, drillNotice } from './notices.ts';
import type { Action, EventText, Observed, Policy } from './observed.ts';
import { PlanBuilder } from './planBuilder.ts';
import { compact, durationText } from './runStatus.ts';
import { endStuck, withRefusal } from './stuckJob.ts';

export type LastDrill = NonNullable<BackupStatus['lastDrill']>;

/** A drill Job stays a day after its end, for people who look for its log; its result is recorded long before. */
const drillTTL = 86_400;
const messageLimit = 2000;

/** What the drill Jobs of a backup say, and whether a new one is due. Without spec.drill there is nothing of it. */
export interface DrillState {
  readonly last: LastDrill | undefined;
  readonly lastSuccessTime: string | undefined;
  readonly schedule: BackupStatus['drillSchedule'];
  readonly verdict: Verdict | undefined;
  /** The Job to make now. */
  readonly due: Job | undefined;
  /** Ends a Job whose pod does not come up. */
  readonly ended: readonly Action[];
  /** What is told of a drill with the status that records its end. */
  readonly told: { readonly actions: readonly Action[]; readonly events: readonly EventText[] };
  readonly lookAgainAt: Date | undefined;
}

const nothing: DrillState = {
  ...{ last: undefined, lastSuccessTime: undefined, schedule: undefined, verdict: undefined, due: undefined },
  ...{ ended: [], told: { actions: [], events: [] }, lookAgainAt: undefined },
};

/** Reads the drill Jobs of a backup and decides on the next one: docs/decisions/0015. */
export function decideDrill(observed: Observed, policy: Policy, now: Date): DrillState {
  const { backup, parsed, jobs } = observed;
  const { spec } = parsed;
  const before = backup.status ?? {};
  if (spec === undefined) {
    const { lastDrill: last, lastDrillSuccessTime: lastSuccessTime, drillSchedule: schedule } = before;
    return { ...nothing, last, lastSuccessTime, schedule };
  }
  if (spec.drill === undefined) return nothing;
  const plan = new PlanBuilder(now);
  let last = before.lastDrill;
  for (const job of jobs.drill.toSorted((a, b) => endTime(a).localeCompare(endTime(b)))) {
    last = drillResult(job, observed, last) ?? last;
  }
  const lastSuccessTime = last?.result === 'Succeeded' ? last.time : before.lastDrillSuccessTime;
  const active = jobs.drill.find((job) => finished(job) === undefined);
  if (active !== undefined) {
    const found = jobOutcome(drillReport, active, observed.podsOf(active), undefined);
    plan.add(endStuck(plan, active, withRefusal(active, found, observed, plan), policy));
  }
  const cron = spec.suspend ? undefined : parsed.drillSchedule;
  const done = newest([last?.scheduleTime, ...jobs.drill.map(timeOf)]);
  const schedule = cron && drillSchedule(before.drillSchedule, { spec, cron, done }, now);
  const isDue = active === undefined && due(observed, last, schedule, done, now);
  const overdue = overdueAt(spec.drill, cron, lastSuccessTime, schedule);
  for (const time of [schedule?.next, overdue && timeText(overdue)]) {
    if (time !== undefined && Date.parse(time) > now.getTime()) plan.lookAt(Date.parse(time));
  }
  return {
    ...{ last, lastSuccessTime, schedule },
    verdict: drillVerdict(last, overdue, now),
    due: isDue ? drillJob(observed, policy, last, schedule, now) : undefined,
    ended: plan.actions,
    told: told(observed, policy, last),
    lookAgainAt: plan.lookAgainAt,
  };
}

const endTime = (job: Job) => finished(job)?.time ?? '9';
const timeOf = ({ metadata }: Job) => metadata.annotations?.[annotations.drillTime];
const wantedNow = ({ backup }: Observed) =>
  backup.metadata.annotations?.[annotations.drillNow]?.slice(0, 256) || undefined;

/** Whether a drill is to begin: asked for, or its time has come. Before the first success there is nothing to restore. */
function due(
  observed: Observed,
  last: LastDrill | undefined,
  schedule: BackupStatus['drillSchedule'],
  done: string | undefined,
  now: Date,
): boolean {
  const wanted = wantedNow(observed);
  if (wanted !== undefined && wanted !== last?.drillNow) return true;
  if (observed.backup.status?.lastSuccessTime === undefined) return false;
  return isPast(schedule?.next, now) && schedule?.next !== done;
}

const isPast = (time: string | undefined, now: Date) =>
  time !== undefined && Date.parse(time) <= now.getTime();

function drillJob(
  observed: Observed,
  { defaults }: Policy,
  last: LastDrill | undefined,
  schedule: BackupStatus['drillSchedule'],
  now: Date,
): Job | undefined {
  const { backup, parsed } = observed;
  if (parsed.spec === undefined) return undefined;
  const { uid = '', name } = backup.metadata;
  const wanted = wantedNow(observed);
  const time = isPast(schedule?.next, now) ? schedule?.next : undefined;
  const key = [uid, time ?? '', wanted ?? '', last?.time ?? ''].join(' ');
  return ownJob(
    { backup, spec: parsed.spec, defaults, purpose: 'drill' },
    {
      name: derivedName(name, 'drill', key),
      annotations: {
        ...(wanted === undefined ? {} : { [annotations.drillNow]: wanted }),
        ...(time === undefined ? {} : { [annotations.drillTime]: time }),
      },
      ttl: drillTTL,
    },
  );
}

/** How a finished drill Job ended; undefined if it is not finished or is recorded already. */
function drillResult(job: Job, { podsOf }: Observed, known: LastDrill | undefined): LastDrill | undefined {
  const end = finished(job);
  if (end === undefined || known?.job === job.metadata.name) return undefined;
  const time = end.time ?? timeText(new Date(0));
  if (known !== undefined && Date.parse(time) < Date.parse(known.time)) return undefined;
  const { phase, report, trouble } = jobOutcome(drillReport, job, podsOf(job), undefined);
  const failed = phase === 'Succeeded' ? undefined : (trouble ?? unknownTrouble);
  const { set, snapshotTime, tables, rows, comparedTables, recoverySeconds } = report ?? {};
  return compact({
    job: job.metadata.name,
    time,
    result: failed === undefined ? 'Succeeded' : 'Failed',
    ...{ set, snapshotTime, tables, rows, comparedTables },
    ...(failed === undefined && recoverySeconds !== undefined
      ? { recoverySeconds, recoveryTime: durationText(recoverySeconds) }
      : {}),
    reason: failed?.reason,
    message: failed?.message.slice(0, messageLimit),
    hint: failed && reasonFacts(failed.reason).hint,
    scheduleTime: timeOf(job),
    drillNow: job.metadata.annotations?.[annotations.drillNow],
  }) as LastDrill;
}

const unknownTrouble = { reason: 'ReportMissing', message: 'The drill ended and left no report.' } as const;

/** An event for each drill that ended, and one mail for one that failed. */
function told(
  { backup, parsed }: Observed,
  { defaults }: Policy,
  last: LastDrill | undefined,
): DrillState['told'] {
  const { spec } = parsed;
  if (last === undefined || spec === undefined || last.job === backup.status?.lastDrill?.job) {
    return nothing.told;
  }
  const { set = 'no set', reason = 'Internal', message = '', recoveryTime = '?' } = last;
  if (last.result === 'Succeeded') {
    const note = `Drill ${last.job} restored ${set} in ${recoveryTime} and compared it.`;
    return { actions: [], events: [{ type: 'Normal', reason: 'DrillSucceeded', action: 'Drill', note }] };
  }
  const sentence = `${set}: ${message}`;
  const note = `Drill ${last.job} failed with ${sentence}`;
  const event: EventText = { type: 'Warning', reason, action: 'Drill', note };
  const email = spec.notification?.email;
  if (email === undefined || email.when === 'Never') return { actions: [], events: [event] };
  const input = { backup, spec, defaults, lastSuccess: backup.status?.lastSuccessTime };
  const job = drillNotice(input, reason, sentence, last);
  return { actions: [{ type: 'CreateJob', job, for: undefined }], events: [event] };
}

function newest(times: readonly (string | undefined)[]): string | undefined {
  return times.reduce((a, b) => (b !== undefined && (a === undefined || b > a) ? b : a), undefined);
}
