import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerState, Pod } from './pod.ts';
import { type PodRun, podRun } from './podRun.ts';
import { podStatus } from './podStatus.ts';

const now = new Date('2026-03-01T02:00:00Z');
const later = new Date('2026-03-01T02:05:00Z');

function pod(more: Partial<Pod['spec']> = {}, status?: Pod['status']): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'sample', namespace: 'shop', uid: 'u', generation: 3 },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'a' }], ...more },
    ...(status && { status }),
  };
}

function run(of: Pod, states: Record<string, ContainerState>, more: Partial<PodRun> = {}): PodRun {
  const made = podRun(of, now);
  for (const [name, state] of Object.entries(states)) {
    made.containers.set(name, { state, restartCount: 0, imageID: 'i' });
  }
  return Object.assign(made, { isPrepared: true }, more);
}

const running: ContainerState = { running: { startedAt: '2026-03-01T02:00:00Z' } };
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
const exited = (exitCode: number): ContainerState => ({ terminated: { exitCode, reason: 'x' } });

test('phases follow the containers', () => {
  const two = pod({
    containers: [
      { name: 'main', image: 'a' },
      { name: 'side', image: 'a' },
    ],
  });
  const cases: [Record<string, ContainerState>, boolean, string][] = [
    [{ main: waiting, side: waiting }, false, 'Pending'],
    [{ main: running, side: waiting }, false, 'Pending'],
    [{ main: running, side: running }, false, 'Running'],
    [{ main: exited(0), side: running }, false, 'Running'],
    [{ main: exited(0), side: exited(0) }, true, 'Succeeded'],
    [{ main: exited(0), side: exited(1) }, true, 'Failed'],
    [{ main: waiting, side: waiting }, true, 'Failed'],
  ];
  for (const [states, isOver, phase] of cases) {
    assert.equal(podStatus(two, run(two, states, { isOver }), '127.0.0.1', now).phase, phase);
  }
});

test('a phase is final only when nothing runs any more, and then for good', () => {
  const sample = pod({}, { phase: 'Running' });
  const ended = run(sample, { main: exited(0) });
  assert.equal(podStatus(sample, ended, '127.0.0.1', now).phase, 'Running');
  assert.equal(podStatus(sample, { ...ended, isOver: true }, '127.0.0.1', now).phase, 'Succeeded');
  const failed = pod({}, { phase: 'Failed' });
  assert.equal(podStatus(failed, { ...ended, isOver: true }, '127.0.0.1', now).phase, 'Failed');
});

test('a container that is to be started again leaves the pod running', () => {
  const sample = pod({ restartPolicy: 'OnFailure' }, { phase: 'Running' });
  const crashed = run(sample, { main: exited(1) });
  assert.equal(podStatus(sample, crashed, '127.0.0.1', now).phase, 'Running');
  assert.equal(podStatus(sample, { ...crashed, isOver: true }, '127.0.0.1', now).phase, 'Failed');
});

test('conditions of others stay, and times change only with the status', () => {
  const others = [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }] as const;
  const before = podStatus(pod(), run(pod(), { main: running }), '127.0.0.1', now);
  const sample = pod({}, { ...before, conditions: [...(before.conditions ?? []), ...others] });
  const after = podStatus(sample, run(sample, { main: exited(1) }, { isOver: true }), '127.0.0.1', later);
  const times = Object.fromEntries(
    (after.conditions ?? []).map((each) => [each.type, each.lastTransitionTime]),
  );
  assert.deepEqual(times, {
    DisruptionTarget: '2026-03-01T02:05:00Z', // it had none
    PodReadyToStartContainers: '2026-03-01T02:05:00Z',
    Initialized: '2026-03-01T02:00:00Z',
    Ready: '2026-03-01T02:05:00Z',
    ContainersReady: '2026-03-01T02:05:00Z',
    PodScheduled: '2026-03-01T02:00:00Z',
  });
  assert.equal(after.observedGeneration, 3);
});

test('why the node ends a pod is told when it has ended', () => {
  const condition = { type: 'DisruptionTarget', reason: 'TerminationByKubelet', message: 'm' };
  const ending = { reason: 'Evicted', message: 'm', condition };
  const sample = pod({}, { phase: 'Running' });
  const during = podStatus(sample, run(sample, { main: running }, { ending }), '127.0.0.1', now);
  assert.deepEqual([during.phase, during.reason], ['Running', undefined]);
  const after = podStatus(
    sample,
    run(sample, { main: exited(0) }, { ending, isOver: true }),
    '127.0.0.1',
    now,
  );
  assert.deepEqual([after.phase, after.reason], ['Failed', 'Evicted']);
  assert.ok(
    after.conditions?.some(({ reason, status }) => reason === 'TerminationByKubelet' && status === 'True'),
  );
});

test('what ran when the node was last here is lost', () => {
  const status = podStatus(pod(), run(pod(), { main: running }), '127.0.0.1', now);
  const record = podRun(pod({}, status), later).containers.get('main');
  assert.deepEqual(record?.state.terminated, {
    exitCode: 255,
    reason: 'Unknown',
    startedAt: '2026-03-01T02:00:00Z',
    finishedAt: '2026-03-01T02:05:00Z',
  });
});
