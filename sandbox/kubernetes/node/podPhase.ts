import type { Container, Pod, PodStatus } from './pod.ts';
import { type ContainerRecord, isRestarted, type PodRun } from './podRun.ts';

/** The phase of a pod, by the rules of the kubelet's getPhase. */
export function podPhase(pod: Pod, run: PodRun): NonNullable<PodStatus['phase']> {
  if (run.isOver && run.ending) return 'Failed';
  const record = ({ name }: Container) => run.containers.get(name) as ContainerRecord;
  const isFinal = (container: Container, exitCode: number) => !isRestarted(pod, container, exitCode);

  let isInitialised = true;
  for (const container of pod.spec.initContainers ?? []) {
    const ended = lastEnd(record(container));
    if (ended && ended.exitCode !== 0 && isFinal(container, ended.exitCode)) return 'Failed';
    if (!record(container).state.terminated) isInitialised = false;
  }
  const containers = pod.spec.containers;
  const isWaiting = containers.some((container) => {
    const { state, lastState } = record(container);
    return state.waiting && !lastState?.terminated;
  });
  if (!isInitialised || isWaiting) return run.isOver ? 'Failed' : 'Pending';
  if (containers.some((container) => record(container).state.running)) return 'Running';
  const ends = containers.map((container) => ({
    container,
    exitCode: lastEnd(record(container))?.exitCode ?? 137,
  }));
  if (!run.isOver && ends.some(({ container, exitCode }) => !isFinal(container, exitCode))) return 'Running';
  return ends.every(({ exitCode }) => exitCode === 0) ? 'Succeeded' : 'Failed';
}

function lastEnd({ state, lastState }: ContainerRecord) {
  return state.terminated ?? lastState?.terminated;
}
