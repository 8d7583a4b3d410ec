import type { Container, ContainerState, Pod, PodCondition } from './pod.ts';

/** What the node knows of one container. */
export interface ContainerRecord {
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  readonly imageID: string;
  readonly containerID?: string;
}

/** Why the node itself ends a pod. */
export interface PodEnding {
  readonly reason: string;
  readonly message: string;
  readonly condition?: Pick<PodCondition, 'type' | 'reason' | 'message'>;
}

/** What the node knows of one pod; its status is made of it. */
export interface PodRun {
  readonly startTime: string;
  /** Volumes are there, and containers may start. */
  isPrepared: boolean;
  /** No container runs, and none will. */
  isOver: boolean;
  ending?: PodEnding;
  readonly containers: Map<string, ContainerRecord>;
}

/** A run of a pod that nothing was done for yet, or of one that ran when the node was last here. */
export function podRun(pod: Pod, now: Date): PodRun {
  const { spec, status } = pod;
  const inits = spec.initContainers ?? [];
  const known = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = inits.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const record = ({ name }: Container): ContainerRecord => {
    const old = known.find((status) => status.name === name);
    const { restartCount = 0, imageID = '', containerID, lastState } = old ?? {};
    return {
      restartCount,
      imageID,
      ...(containerID && { containerID }),
      ...(lastState && { lastState }),
      state: lostState(old?.state, containerID, now) ?? { waiting: { reason: waiting } },
    };
  };
  return {
    startTime: status?.startTime ?? timestamp(now),
    isPrepared: false,
    isOver: false,
    containers: new Map(
      [...inits, ...spec.containers].map((container) => [container.name, record(container)]),
    ),
  };
}

// As containerd tells of a container that a reboot took.
function lostState(
  state: ContainerState | undefined,
  containerID: string | undefined,
  now: Date,
): ContainerState | undefined {
  if (state?.terminated) return state;
  if (!state?.running) return undefined;
  const { startedAt } = state.running;
  const finishedAt = timestamp(now);
  return {
    terminated: {
      exitCode: 255,
      reason: 'Unknown',
      startedAt,
      finishedAt,
      ...(containerID && { containerID }),
    },
  };
}

/** A time as the API server writes it: whole seconds. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Whether a container is started again after it ended. */
export function isRestarted(pod: Pod, container: Container, exitCode: number): boolean {
  const { restartPolicy = 'Always' } = pod.spec;
  if (restartPolicy === 'Never') return false;
  const isInit = pod.spec.initContainers?.includes(container) ?? false;
  return exitCode !== 0 || (restartPolicy === 'Always' && !isInit);
}
