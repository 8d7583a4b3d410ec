import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { ScheduledSpec } from './kinds.ts';
import { type PodInput, podTemplate, terminationGracePeriodSeconds } from './podTemplate.ts';
import type { PodOrder, ScheduledKind } from './scheduledKind.ts';

// Kubernetes waits 10 s, 20 s, 40 s … before the next pod of a Job, 6 minutes at most.
// https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
const firstDelay = 10;
const longestDelay = 360;
/** For an image to be pulled and a node to be found, once for each attempt. */
const startAllowance = 300;

type AttemptSpec = Pick<ScheduledSpec, 'timeoutSeconds' | 'retries'>;

/** Seconds after which the Job controller ends a run, attempts and the waiting between them included: a net above the runner's own timeout. */
export function jobDeadline({ timeoutSeconds, retries }: AttemptSpec) {
  let seconds = 0;
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) seconds += Math.min(firstDelay * 2 ** (attempt - 1), longestDelay);
    seconds += startAllowance + timeoutSeconds + terminationGracePeriodSeconds;
  }
  return seconds;
}

const singleLimits = {
  // A check is tried once: the next one comes by itself. Its deadline lies above the runner's own of 90 s.
  check: { backoffLimit: 0, activeDeadlineSeconds: 180 },
  // 10 s to 6 minutes between the tries, for a relay that greylists or is down for a while.
  notify: { backoffLimit: 8, activeDeadlineSeconds: 3600 },
};

/** How often the pod of a Job may fail, and the seconds after which the Job controller ends it. */
export interface JobLimits {
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number;
}

/** Limits of a Job whose attempts keep a timeout of their own. */
export function attemptLimits(spec: AttemptSpec): JobLimits {
  return { backoffLimit: spec.retries, activeDeadlineSeconds: jobDeadline(spec) };
}

/** spec of a Job of an object that runs on a schedule, its CronJob's or our own. */
export function jobSpec(kind: ScheduledKind, order: PodOrder) {
  return jobBody(kind.pod(order), limitsOf(order));
}

function limitsOf({ spec, purpose }: PodOrder): JobLimits {
  return purpose === 'check' || purpose === 'notify' ? singleLimits[purpose] : attemptLimits(spec);
}

/**
 * spec of every Job of ours. A permanent failure (exit status 2) ends it at once; a pod that the cluster took away does not
 * count as an attempt. The order matters: a disrupted pod that had failed for good is not tried again.
 */
function jobBody(pod: PodInput, limits: JobLimits) {
  return {
    ...limits,
    podFailurePolicy: {
      rules: [
        {
          action: 'FailJob',
          onExitCodes: { containerName: 'runner', operator: 'In', values: [2] },
        },
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
    template: podTemplate(pod),
  };
}

/** ownerReference by which the garbage collector removes what belongs to an object of ours. */
export function ownedBy({ apiVersion, kind, metadata }: KubernetesObject) {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

interface JobFacts {
  readonly name: string;
  readonly annotations: Record<string, string>;
  readonly ttl?: number;
}

/** A Job of a run, a check or a notice that we make ourselves. Its labels are those of a Job of the CronJob. */
export function ownJob(kind: ScheduledKind, order: PodOrder, facts: JobFacts) {
  return jobOwnedBy(order.owner, kind.pod(order), limitsOf(order), facts);
}

/**
 * A Job that we make ourselves. Its owner does not control it: the CronJob controller looks at the name of a controller alone,
 * and would take a Job of backup `shop` for one of CronJob `shop`: warn of it, and delete it by its history limits.
 */
export function jobOwnedBy(object: KubernetesObject, pod: PodInput, limits: JobLimits, facts: JobFacts) {
  const { name, annotations, ttl } = facts;
  const { controller, ...owner } = ownedBy(object);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: object.metadata.namespace ?? '',
      labels: pod.labels,
      annotations,
      ownerReferences: [owner],
    },
    spec: { ...jobBody(pod, limits), ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl }) },
  };
}
