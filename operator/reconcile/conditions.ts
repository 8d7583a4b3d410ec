import type { StatusReason } from '../../crds/failureReason.ts';
import type { Condition } from '../../crds/scheduledStatus.ts';

/** A condition as we decide it; its times and generation are added by `withConditions`. */
export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: StatusReason;
  readonly message: string;
}

/**
 * The conditions of a status. lastTransitionTime changes with the status of a condition alone, as Kubernetes' API
 * conventions want it.
 */
export function withConditions(
  before: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  return verdicts.map((verdict) => {
    const old = conditionOf(before, verdict.type);
    const lastTransitionTime = old?.status === verdict.status ? old.lastTransitionTime : timeText(now);
    return { ...verdict, observedGeneration, lastTransitionTime };
  });
}

export function conditionOf(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
