import type { JobOutcome } from './jobOutcome.ts';
import { annotations, type Job } from './kinds.ts';
import type { Action, Observed, Policy } from './observed.ts';
import type { PlanBuilder } from './planBuilder.ts';

/** After so long without a pod something refuses it. */
const podRefusedMs = 20_000;
/** A node may come: an autoscaler takes minutes. */
const unschedulableMs = 30 * 60_000;

/** A Job that stays without a pod: a quota, a policy or a missing ServiceAccount refuses it, and only its events say which. */
export function withRefusal<O extends JobOutcome>(
  job: Job,
  outcome: O,
  { podsOf }: Pick<Observed, 'podsOf'>,
  plan: PlanBuilder,
): O {
  const isSilent = outcome.phase === 'Pending' && podsOf(job).length === 0 && (job.status?.active ?? 0) === 0;
  if (!isSilent || job.spec.suspend) return outcome;
  const since = Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp ?? '');
  if (plan.now.getTime() < since + podRefusedMs) {
    plan.lookAt(since + podRefusedMs);
    return outcome;
  }
  const message = `Job ${job.metadata.name} has made no pod.`;
  return { ...outcome, trouble: { reason: 'PodRefused', message } };
}

/** Ends a Job whose pod cannot come up, and says in the same write why. */
export function endStuck(
  plan: PlanBuilder,
  job: Job,
  { waiting, startTime }: JobOutcome,
  policy: Policy,
): Action[] {
  if (waiting === undefined || job.metadata.annotations?.[annotations.endedFor] !== undefined) return [];
  if (waiting.reason === 'NodeLost' || waiting.reason === 'Evicted') return [];
  const patience = { Hopeless: 0, Stuck: policy.stuckMs, Slow: unschedulableMs }[waiting.lasting];
  const deadline = Date.parse(startTime ?? job.metadata.creationTimestamp ?? '') + patience;
  if (plan.now.getTime() < deadline) {
    plan.lookAt(deadline);
    return [];
  }
  const patch = {
    metadata: {
      annotations: { [annotations.endedFor]: waiting.reason, [annotations.endedWith]: waiting.message },
    },
    spec: { activeDeadlineSeconds: 1 },
  };
  return [{ type: 'PatchJob', job, patch }];
}
