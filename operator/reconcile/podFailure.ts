import type { FailureReason } from '../../crds/failureReason.ts';
import { containerName, type Pod, sidecarName } from './kinds.ts';

/** Why a pod failed or does not come up: a reason and a sentence. */
export interface Trouble {
  readonly reason: FailureReason;
  readonly message: string;
}

/** Trouble of a pod that has not ended, and whether waiting can help. */
export interface Waiting extends Trouble {
  readonly lasting: 'Hopeless' | 'Stuck' | 'Slow';
}

export function terminated(pod: Pod) {
  return container(pod)?.state?.terminated;
}

function container(pod: Pod) {
  return pod.status?.containerStatuses?.find(({ name }) => name === containerName);
}

/** Of the PostgreSQL beside the runner first: the runner waits for it. */
function waitingState(pod: Pod) {
  const sidecar = pod.status?.initContainerStatuses?.find(({ name }) => name === sidecarName);
  const waiting = sidecar?.state?.waiting;
  return waiting?.reason === undefined || waiting.reason === 'PodInitializing'
    ? container(pod)?.state?.waiting
    : waiting;
}

/** Whether the pod has ended, well or not. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || terminated(pod) !== undefined;
}

// https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
const disruptions: Readonly<Record<string, FailureReason>> = {
  PreemptionByScheduler: 'Evicted',
  EvictionByEvictionAPI: 'Evicted',
  TerminationByKubelet: 'Evicted',
  DeletionByTaintManager: 'NodeLost',
  DeletionByPodGC: 'NodeLost',
};

/** Whether and how the cluster took the pod away: not the fault of the run, and not counted as an attempt. */
export function disruption(pod: Pod): Trouble | undefined {
  const found = pod.status?.conditions?.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
  const node = pod.spec?.nodeName ?? 'its node';
  if (found) {
    const reason = disruptions[found.reason ?? ''] ?? 'Evicted';
    const what =
      reason === 'NodeLost' ? `Node ${node} of the pod went away` : `The pod was evicted from ${node}`;
    return { reason, message: `${what} (${found.reason}).` };
  }
  if (pod.status?.reason === 'Evicted') {
    return { reason: 'Evicted', message: `The pod was evicted from ${node}${clause(pod.status.message)}.` };
  }
  if (pod.status?.reason === 'NodeLost') {
    return { reason: 'NodeLost', message: `Node ${node} of the pod went away.` };
  }
  return undefined;
}

/**
 * Why a pod without a usable report failed, from what the cluster says of it. Words of kubelet are taken over where they
 * name images, nodes and Secrets only.
 */
export function podFailure(pod: Pod): Trouble {
  const name = pod.metadata.name;
  const ended = terminated(pod);
  if (ended?.reason === 'OOMKilled') {
    return { reason: 'OutOfMemory', message: `Pod ${name} was killed at its memory limit.` };
  }
  const taken = disruption(pod);
  if (taken) return taken;
  if (pod.status?.reason === 'DeadlineExceeded') {
    return { reason: 'DeadlineExceeded', message: `Pod ${name} ran longer than its deadline.` };
  }
  const waiting = podWaiting(pod);
  if (waiting) return waiting;
  if (pod.metadata.deletionTimestamp !== undefined) {
    return { reason: 'PodDeleted', message: `Pod ${name} was deleted while it ran.` };
  }
  if (ended?.reason === 'StartError' || ended?.reason === 'ContainerCannotRun') {
    return {
      reason: 'PodRefused',
      message: `The container of pod ${name} could not start (${ended.reason}): the image has no program dbbackup.`,
    };
  }
  const status = ended === undefined ? '' : ` with exit status ${ended.exitCode}`;
  return { reason: 'ReportMissing', message: `Pod ${name} ended${status} and left no report.` };
}

/** What keeps a pod from running; undefined if nothing does. */
export function podWaiting(pod: Pod): Waiting | undefined {
  const waiting = waitingState(pod);
  const said = clause(waiting?.message);
  switch (waiting?.reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'RegistryUnavailable':
      return { reason: 'ImagePullFailed', message: `${waiting.reason}${said}.`, lasting: 'Stuck' };
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return { reason: 'ImagePullFailed', message: `${waiting.reason}${said}.`, lasting: 'Hopeless' };
    case 'CreateContainerConfigError':
      return { reason: 'SecretNotFound', message: `The container cannot be made${said}.`, lasting: 'Stuck' };
    case 'CreateContainerError':
    case 'RunContainerError':
      return { reason: 'PodRefused', message: `The container cannot start${said}.`, lasting: 'Stuck' };
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return {
      reason: 'PodUnschedulable',
      message: `No node takes the pod${clause(scheduled.message)}.`,
      lasting: 'Slow',
    };
  }
  if (!hasEnded(pod) && pod.metadata.deletionTimestamp !== undefined) {
    const taken = disruption(pod);
    if (taken) return { ...taken, lasting: 'Slow' };
  }
  return undefined;
}

/** A sentence of the cluster as part of ours, on one line and not endless. */
function clause(text: string | undefined): string {
  const line = text?.replace(/\s+/g, ' ').trim().replace(/\.$/, '') ?? '';
  return line === '' ? '' : `: ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`;
}
