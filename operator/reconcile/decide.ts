import { decideCheck } from './checkDecisions.ts';
import { contains, cronJob, isControlledBy, needsApply } from './cronJob.ts';
import type { CronJob } from './kinds.ts';
import type { Action, Observed, Plan, Policy } from './observed.ts';
import { decideRuns } from './runDecisions.ts';
import { decideStatus } from './scheduledStatus.ts';
import { startingDeadline } from './scheduleState.ts';

/**
 * What to do about a backup or a sync now. Pure: the same observation and time give the same plan. The status comes once nothing
 * else is to be done, so that it is written once and tells of all the rest.
 */
export function decide(observed: Observed, policy: Policy, now: Date): Plan {
  const { kind, owner, refusal, checkMustWait } = observed;
  const isForeign = observed.cronJob !== undefined && !isControlledBy(observed.cronJob, owner.metadata.uid);
  // In a moment it may be taken.
  if (refusal?.mayPass) return { actions: [] };
  const mayStart = !isForeign && !refusal;
  const runs = decideRuns(observed, policy, now);
  const check = decideCheck(observed, policy, now);
  const more = kind.more?.(observed, policy, mayStart, now);
  const first: Action[] = [
    ...cronJobActions(observed, isForeign, policy, now),
    ...runs.actions,
    ...(check.outdated ? [{ type: 'DeleteJob', job: check.outdated } as const] : []),
    ...(check.due && mayStart && !checkMustWait
      ? [{ type: 'CreateJob', job: check.due, for: undefined } as const]
      : []),
    ...(more?.actions ?? []),
  ];
  const status = decideStatus(observed, { check, more }, isForeign, policy, now);
  const times = [runs.lookAgainAt, more?.lookAgainAt, status.lookAgainAt].filter(
    (time) => time !== undefined,
  );
  const lookAgainAt = times.length === 0 ? undefined : new Date(Math.min(...times.map(Number)));
  return { actions: first.length > 0 ? first : status.actions, lookAgainAt };
}

/** Applies the CronJob where it is not what the spec wants. Without a valid spec the last one stays. */
function cronJobActions(observed: Observed, isForeign: boolean, { defaults }: Policy, now: Date): Action[] {
  const { kind, owner, cronJob: current, refusal } = observed;
  const { spec, schedule } = observed.parsed;
  if (spec === undefined || isForeign || owner.metadata.deletionTimestamp !== undefined) return [];
  if (refusal !== undefined) return [];
  const startingDeadlineSeconds = startingDeadline(spec, schedule);
  const wanted = cronJob({ kind, owner, spec, defaults, startingDeadlineSeconds, current, now });
  if (current !== undefined && isSettled(wanted, current, observed.settledGeneration)) return [];
  const isRestored = current !== undefined && sameAnnotations(wanted, current);
  return [{ type: 'ApplyCronJob', cronJob: wanted, current, isRestored }];
}

function sameAnnotations(wanted: CronJob, current: CronJob): boolean {
  return contains(current.metadata.annotations ?? {}, wanted.metadata.annotations ?? {});
}

/** What we applied ourselves and nobody changed since is settled, though the API server may write a quantity another way. */
function isSettled(wanted: CronJob, current: CronJob, settledGeneration: number | undefined): boolean {
  if (!needsApply(wanted, current)) return true;
  const isOurs =
    settledGeneration !== undefined &&
    settledGeneration === current.metadata.generation &&
    current.foreignFields !== true;
  return (
    isOurs &&
    contains(current.metadata, { annotations: wanted.metadata.annotations, labels: wanted.metadata.labels })
  );
}
