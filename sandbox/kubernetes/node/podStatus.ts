import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from './pod.ts';
import { podPhase } from './podPhase.ts';
import { type ContainerRecord, type PodRun, timestamp } from './podRun.ts';

// The kubelet owns these; all others are somebody else's.
const ownConditions = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
];

/**
 * The status that a kubelet would report (kubelet_pods.go, status/generate.go): its own conditions anew, with their
 * times kept where nothing changed, and those of others as they are in `pod`.
 */
export function podStatus(pod: Pod, run: PodRun, address: string, now: Date): PodStatus {
  const computed = podPhase(pod, run);
  const isTerminal = computed === 'Succeeded' || computed === 'Failed';
  const before = pod.status?.phase;
  // Not before the last container has ended, and never back.
  const phase =
    before === 'Succeeded' || before === 'Failed'
      ? before
      : isTerminal && !run.isOver
        ? (before ?? 'Pending')
        : computed;
  const isFinal = phase === 'Succeeded' || phase === 'Failed';
  const inits = (pod.spec.initContainers ?? []).map((container) => initStatus(container, run));
  const containers = pod.spec.containers.map((container) =>
    containerStatus(container, run, inits.length > 0),
  );
  const conditions = [
    ...(pod.status?.conditions ?? []).filter(({ type }) => !ownConditions.includes(type)),
    ...podConditions(pod, run, phase, inits, containers),
  ];
  if (isFinal && run.ending?.condition) {
    const { condition } = run.ending;
    const others = conditions.filter(({ type }) => type !== condition.type);
    conditions.splice(0, conditions.length, ...others, { ...condition, status: 'True' });
  }
  const { generation } = pod.metadata;
  return {
    phase,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(isFinal && run.ending && { reason: run.ending.reason, message: run.ending.message }),
    conditions: conditions.map((condition) => dated(condition, pod, now)),
    hostIP: address,
    hostIPs: [{ ip: address }],
    ...(run.isPrepared && { podIP: address, podIPs: [{ ip: address }] }),
    startTime: run.startTime,
    ...(inits.length > 0 && { initContainerStatuses: inits }),
    containerStatuses: containers,
  };
}

function initStatus(container: Container, run: PodRun): ContainerStatus {
  const record = run.containers.get(container.name) as ContainerRecord;
  const wasLost = run.isOver && record.state.running !== undefined;
  return status(container, record, wasLost ? lost : record.state, record.state.terminated?.exitCode === 0);
}

function containerStatus(container: Container, run: PodRun, hasInits: boolean): ContainerStatus {
  const record = run.containers.get(container.name) as ContainerRecord;
  // Once a pod has initialised, a container that never ran counts as failed when the pod is over.
  const isInitialised =
    !hasInits || [...run.containers.values()].some(({ state }) => state.terminated?.exitCode === 0);
  const wasLost = run.isOver && isInitialised && !record.state.terminated;
  return status(container, record, wasLost ? lost : record.state, record.state.running !== undefined);
}

const lost = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
};

function status(
  { name, image }: Container,
  { imageID, containerID, restartCount, lastState }: ContainerRecord,
  state: ContainerStatus['state'],
  ready: boolean,
): ContainerStatus {
  return {
    name,
    image,
    imageID,
    ...(containerID && { containerID }),
    ready,
    started: state.running !== undefined,
    restartCount,
    state,
    ...(lastState && { lastState }),
  };
}

function podConditions(
  pod: Pod,
  run: PodRun,
  phase: PodStatus['phase'],
  inits: readonly ContainerStatus[],
  containers: readonly ContainerStatus[],
): PodCondition[] {
  const isUp = run.isPrepared && !run.isOver;
  const incomplete = inits.filter(({ ready }) => !ready).map(({ name }) => name);
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const hasStarted = containers.some(
    ({ state, lastState }) => state.running ?? state.terminated ?? lastState,
  );
  const initialised: Omit<PodCondition, 'type'> =
    phase === 'Succeeded'
      ? { status: 'True', reason: 'PodCompleted' }
      : incomplete.length === 0 || hasStarted
        ? { status: 'True' }
        : {
            status: 'False',
            reason: 'ContainersNotInitialized',
            message: `containers with incomplete status: [${incomplete.join(' ')}]`,
          };
  const ready: Omit<PodCondition, 'type'> =
    phase === 'Succeeded'
      ? { status: 'False', reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { status: 'False', reason: 'PodFailed' }
        : unready.length === 0
          ? { status: 'True' }
          : {
              status: 'False',
              reason: 'ContainersNotReady',
              message: `containers with unready status: [${unready.join(' ')}]`,
            };
  const { generation } = pod.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  return [
    { type: 'PodReadyToStartContainers', status: isUp ? 'True' : 'False', ...observed },
    { type: 'Initialized', ...initialised, ...observed },
    { type: 'Ready', ...ready, ...observed },
    { type: 'ContainersReady', ...ready, ...observed },
    { type: 'PodScheduled', status: 'True', ...observed },
  ];
}

function dated(condition: PodCondition, pod: Pod, now: Date): PodCondition {
  const old = pod.status?.conditions?.find(({ type }) => type === condition.type);
  const since = old?.status === condition.status ? old.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? timestamp(now) };
}
