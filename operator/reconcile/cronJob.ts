import { createHash } from 'node:crypto';
import { jobSpec, ownedBy } from './jobTemplate.ts';
import { annotations, type CronJob, type Scheduled, type ScheduledSpec } from './kinds.ts';
import { ownLabels } from './podTemplate.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import { cronJobName, type ScheduledKind } from './scheduledKind.ts';

/** Schedule of a CronJob that stays suspended: without one in the spec, `kubectl create job --from` still needs the CronJob. */
const neverUsed = '0 0 1 1 *';

/** How many finished Jobs the CronJob controller leaves: far more than we need to record them. */
const historyLimit = 20;

export interface CronJobInput {
  readonly kind: ScheduledKind;
  readonly owner: Scheduled;
  readonly spec: ScheduledSpec;
  readonly defaults: RunnerDefaults;
  readonly startingDeadlineSeconds: number;
  readonly now: Date;
  readonly current: CronJob | undefined;
}

/** The CronJob of a backup or a sync, as it is applied. */
export function cronJob(input: CronJobInput): CronJob {
  const { kind, owner, spec, defaults, startingDeadlineSeconds, current, now } = input;
  const { namespace = '' } = owner.metadata;
  const { purpose } = kind;
  const schedule = spec.schedule ?? neverUsed;
  const suspend = spec.suspend || spec.schedule === undefined;
  const body = {
    schedule,
    timeZone: spec.timeZone,
    suspend,
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds,
    successfulJobsHistoryLimit: historyLimit,
    failedJobsHistoryLimit: historyLimit,
    jobTemplate: {
      metadata: { labels: ownLabels(owner, purpose) },
      spec: jobSpec(kind, { owner, spec, defaults, purpose }),
    },
  };
  const isSame =
    current?.spec.schedule === schedule &&
    current.spec.timeZone === spec.timeZone &&
    current.spec.suspend === suspend;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: cronJobName(kind, owner),
      namespace,
      labels: ownLabels(owner, purpose),
      annotations: {
        [annotations.hash]: createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16),
        // In the same write as the schedule itself, so that no crash can part them.
        [annotations.scheduledSince]:
          (isSame ? current.metadata.annotations?.[annotations.scheduledSince] : undefined) ??
          now.toISOString(),
      },
      ownerReferences: [ownedBy(owner)],
    },
    spec: body,
  };
}

/** Whether the CronJob in the cluster is not what we want: applied from another spec, or changed by hand. */
export function needsApply(wanted: CronJob, current: CronJob): boolean {
  return (
    current.metadata.annotations?.[annotations.hash] !== wanted.metadata.annotations?.[annotations.hash] ||
    current.metadata.annotations?.[annotations.scheduledSince] !==
      wanted.metadata.annotations?.[annotations.scheduledSince] ||
    current.foreignFields === true ||
    !contains(current.metadata.labels ?? {}, wanted.metadata.labels ?? {}) ||
    !contains(current.spec, wanted.spec)
  );
}

/** Whether `actual` has everything of `wanted`: lists of the same length and order, maps with more keys allowed. */
export function contains(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((item, index) => contains(actual[index], item))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const entries = Object.entries(wanted).filter(([, value]) => value !== undefined);
    if (actual === undefined || actual === null) return entries.length === 0;
    return (
      typeof actual === 'object' &&
      entries.every(([key, value]) => contains((actual as Record<string, unknown>)[key], value))
    );
  }
  return actual === wanted || (wanted === '' && actual === undefined);
}

/** Whether the object is controlled by the one with this UID itself. */
export function isControlledBy(object: Pick<CronJob, 'metadata'>, uid: string | undefined): boolean {
  return (object.metadata.ownerReferences ?? []).some((owner) => owner.controller && owner.uid === uid);
}

/** Whether an object goes with this owner: enough for a Job of ours, which nobody controls. */
export function isOwnedBy(object: Pick<CronJob, 'metadata'>, uid: string | undefined): boolean {
  return (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}
