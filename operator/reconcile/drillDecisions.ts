import type { BackupStatus } from '../../crds/backupStatus.ts';
import { drillReport } from '../../crds/drillReport.ts';
import { backupPod } from './backupPod.ts';
import { timeText, type Verdict } from './conditions.ts';
import { drillVerdict, overdueAt } from './drillConditions.ts';
import {
  askedBy,
  deletedDrill,
  drillResult,
  type LastDrill,
  nothingTold,
  type Told,
  toldOf,
} from './drillResult.ts';
import { drillSchedule } from './drillSchedule.ts';
import { finished, jobOutcome } from './jobOutcome.ts';
import { attemptLimits, jobOwnedBy } from './jobTemplate.ts';
import { annotations, type Job } from './kinds.ts';
import { derivedName } from './notices.ts';
import type { Action, ObservedBackup, Policy } from './observed.ts';
import { PlanBuilder } from './planBuilder.ts';
import { endStuck, withRefusal } from './stuckJob.ts';

/** A drill Job stays a day after its end, for people who look for its log; its result is recorded long before. */
const drillTTL = 86_400;

/** What the drill Jobs of a backup say, and whether a new one is due. Without spec.drill there is nothing of it. */
export interface DrillState {
  readonly last: LastDrill | undefined;
  readonly active: BackupStatus['activeDrill'];
  readonly lastSuccessTime: string | undefined;
  readonly schedule: BackupStatus['drillSchedule'];
  readonly verdict: Verdict | undefined;
  /** The Job to make now. */
  readonly due: Job | undefined;
  /** Ends a Job whose pod does not come up. */
  readonly ended: readonly Action[];
  /** With the status that records the end of a drill. */
  readonly told: Told;
  readonly lookAgainAt: Date | undefined;
}

const nothing: DrillState = {
  ...{
    last: undefined,
    active: undefined,
    lastSuccessTime: undefined,
    schedule: undefined,
    verdict: undefined,
    due: undefined,
  },
  ...{ ended: [], told: nothingTold, lookAgainAt: undefined },
};

/** Reads the drill Jobs of a backup and decides on the next one: docs/decisions/0015. */
export function decideDrill(observed: ObservedBackup, policy: Policy, now: Date): DrillState {
  const { owner: backup, parsed, jobs } = observed;
  const { spec } = parsed;
  const before = backup.status ?? {};
  if (spec === undefined) {
    const { lastDrill: last, activeDrill, lastDrillSuccessTime: lastSuccessTime, drillSchedule } = before;
    return { ...nothing, last, active: activeDrill, lastSuccessTime, schedule: drillSchedule };
  }
  if (spec.drill === undefined) return nothing;
  const plan = new PlanBuilder(now);
  let last = before.lastDrill;
  for (const job of jobs.drill.toSorted((a, b) => endTime(a).localeCompare(endTime(b)))) {
    last = drillResult(job, observed, last) ?? last;
  }
  last = deletedDrill(before.activeDrill, jobs.drill, last, now) ?? last;
  const lastSuccessTime = last?.result === 'Succeeded' ? last.time : before.lastDrillSuccessTime;
  const active = jobs.drill.find((job) => finished(job) === undefined);
  if (active !== undefined) {
    const found = jobOutcome(drillReport, active, observed.podsOf(active), undefined);
    plan.add(endStuck(plan, active, withRefusal(active, found, observed, plan), policy));
  }
  const cron = spec.suspend ? undefined : parsed.drillSchedule;
  const done = newest([last?.scheduleTime, ...jobs.drill.map((job) => askedBy(job).scheduleTime)]);
  const schedule = cron && drillSchedule(before.drillSchedule, { spec, cron, done }, now);
  const isDue = active === undefined && due(observed, last, schedule, done, now);
  const overdue = spec.suspend ? undefined : overdueAt(spec.drill, cron, lastSuccessTime, schedule);
  for (const time of [schedule?.next, overdue && timeText(overdue)]) {
    if (time !== undefined && Date.parse(time) > now.getTime()) plan.lookAt(Date.parse(time));
  }
  return {
    ...{ last, active: active && askedBy(active), lastSuccessTime, schedule },
    verdict: drillVerdict(last, overdue, now),
    due: isDue ? drillJob(observed, policy, last, schedule, now) : undefined,
    ended: plan.actions,
    told: toldOf(observed, policy, last),
    lookAgainAt: plan.lookAgainAt,
  };
}

const endTime = (job: Job) => finished(job)?.time ?? '9';
const wantedNow = ({ owner }: ObservedBackup) =>
  owner.metadata.annotations?.[annotations.drillNow]?.slice(0, 256) || undefined;

/** Whether a drill is to begin: asked for, or its time has come. Before the first success there is nothing to restore. */
function due(
  observed: ObservedBackup,
  last: LastDrill | undefined,
  schedule: BackupStatus['drillSchedule'],
  done: string | undefined,
  now: Date,
): boolean {
  const wanted = wantedNow(observed);
  if (wanted !== undefined && wanted !== last?.drillNow) return true;
  if (observed.owner.status?.lastSuccessTime === undefined) return false;
  return isPast(schedule?.next, now) && schedule?.next !== done;
}

const isPast = (time: string | undefined, now: Date) =>
  time !== undefined && Date.parse(time) <= now.getTime();

function drillJob(
  observed: ObservedBackup,
  { defaults }: Policy,
  last: LastDrill | undefined,
  schedule: BackupStatus['drillSchedule'],
  now: Date,
): Job | undefined {
  const { owner, parsed } = observed;
  const { spec } = parsed;
  if (spec === undefined) return undefined;
  const { uid = '', name } = owner.metadata;
  const wanted = wantedNow(observed);
  const time = isPast(schedule?.next, now) ? schedule?.next : undefined;
  const key = [uid, time ?? '', wanted ?? '', last?.time ?? ''].join(' ');
  const { timeoutSeconds } = spec.drill ?? spec;
  return jobOwnedBy(
    owner,
    backupPod({ owner, spec, defaults, purpose: 'drill' }),
    attemptLimits({ timeoutSeconds, retries: spec.retries }),
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

function newest(times: readonly (string | undefined)[]): string | undefined {
  return times.reduce((a, b) => (b !== undefined && (a === undefined || b > a) ? b : a), undefined);
}
