import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { Backup } from './kinds.ts';
import { ownLabels, type PodInput, podTemplate, terminationGracePeriodSeconds } from './podTemplate.ts';

// Kubernetes waits 10 s, 20 s, 40 s … before the next pod of a Job, 6 minutes at most.
// https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
const firstDelay = 10;
const longestDelay = 360;
/** For an image to be pulled and a node to be found, once for each attempt. */
const startAllowance = 300;

/** Seconds after which the Job controller ends a run, attempts and the waiting between them included: a net above the runner's own timeout. */
export function jobDeadline({ timeoutSeconds, retries }: Pick<BackupSpec, 'timeoutSeconds' | 'retries'>) {
  let seconds = 0;
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) seconds += Math.min(firstDelay * 2 ** (attempt - 1), longestDelay);
    seconds += startAllowance + timeoutSeconds + terminationGracePeriodSeconds;
  }
  return seconds;
}

const policies = {
  // A check is tried once: the next one comes by itself. Its deadline lies above the runner's own of 90 s.
  check: { backoffLimit: 0, activeDeadlineSeconds: 180 },
  // 10 s to 6 minutes between the tries, for a relay that greylists or is down for a while.
  notify: { backoffLimit: 8, activeDeadlineSeconds: 3600 },
};

/**
 * spec of every Job of ours. A permanent failure (exit status 2) ends it at once; a pod that the cluster took away does not
 * count as an attempt. The order matters: a disrupted pod that had failed for good is not tried again.
 */
export function jobSpec(input: PodInput) {
  const { spec, purpose } = input;
  const policy =
    purpose === 'run'
      ? { backoffLimit: spec.retries, activeDeadlineSeconds: jobDeadline(spec) }
      : policies[purpose];
  return {
    ...policy,
    podFailurePolicy: {
      rules: [
        {
          action: 'FailJob',
          onExitCodes: { containerName: 'runner', operator: 'In', values: [2] },
        },
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
    template: podTemplate(input),
  };
}

/** ownerReference by which the garbage collector removes what belongs to a backup. */
export function ownedBy({ apiVersion, kind, metadata }: Backup) {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/**
 * A Job that we make ourselves. Whatever made it, the names of labels are those of a Job of the CronJob. The backup owns it and
 * does not control it: the CronJob controller looks at the name of a controller alone, and would take a Job of backup `shop`
 * for one of CronJob `shop`: warn of it, and delete it by its history limits.
 */
export function ownJob(
  input: PodInput,
  { name, annotations, ttl }: { name: string; annotations: Record<string, string>; ttl?: number },
) {
  const { backup, purpose } = input;
  const { controller, ...owner } = ownedBy(backup);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: backup.metadata.namespace ?? '',
      labels: ownLabels(backup.metadata.name, purpose),
      annotations,
      ownerReferences: [owner],
    },
    spec: { ...jobSpec(input), ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl }) },
  };
}
