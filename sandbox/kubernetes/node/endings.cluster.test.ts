import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testCluster } from '../testCluster.ts';
import { type TestNode, testNode } from './testNode.ts';

const forEver = 'setInterval(() => {}, 1000); console.log("up");';

test('a deleted pod gets SIGTERM, and its end is told before it is gone', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const polite = 'process.on("SIGTERM", () => { console.log("bye"); process.exit(7); });';
  await world.createPod('sample', `${polite} ${forEver}`, world.kept);
  await isUp(world, 'sample');
  await world.kubectl('delete', 'pod', 'sample', '--wait=false');
  const { exitCode, reason } = await world.ended('sample');
  assert.deepEqual([exitCode, reason], [7, 'Error']);
  await eventually(async () => assert.equal((await world.pod('sample'))?.status?.phase, 'Failed'));
  assert.equal(await world.node.logs(world.namespace, 'sample'), 'up\nbye\n');
  const killing = 'Normal Killing: Stopping container main';
  await eventually(async () => assert.ok((await world.events('sample')).includes(killing)));
});

test('a container that does not listen is killed when the grace period is over', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createPod('sample', `process.on("SIGTERM", () => {}); ${forEver}`, {
    ...world.kept,
    spec: { terminationGracePeriodSeconds: 1 },
  });
  await isUp(world, 'sample');
  await world.kubectl('delete', 'pod', 'sample', '--wait=false');
  const { exitCode, startedAt, finishedAt } = await world.ended('sample');
  assert.equal(exitCode, 137);
  // Two seconds are the least that a kubelet waits.
  assert.ok(Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '') >= 1_000);
});

test('a Job counts a pod that was deleted as failed', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createJob('sample', forEver);
  const name = await eventually(async () => {
    const [pod] = await world.podsOf('sample');
    assert.equal(pod?.status?.phase, 'Running');
    return pod.metadata.name;
  });
  await world.kubectl('delete', 'pod', name);
  await eventually(async () => assert.equal((await world.job('sample'))?.status.failed, 1));
  assert.deepEqual(await world.podsOf('sample'), []);
});

test('a pod that is deleted while it waits for its image fails and goes', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createPod('sample', '', { ...world.kept, container: { image: 'none' } });
  await world.waits('sample', 'ImagePullBackOff', /none/);
  await world.kubectl('delete', 'pod', 'sample', '--wait=false');
  const { exitCode, reason } = await world.ended('sample');
  assert.deepEqual([exitCode, reason], [137, 'ContainerStatusUnknown']);
  await eventually(async () => assert.equal((await world.pod('sample'))?.status?.phase, 'Failed'));
});

test('activeDeadlineSeconds ends a pod', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createPod('sample', forEver, { spec: { activeDeadlineSeconds: 1 } });
  await hasFailed(world, 'sample', 'DeadlineExceeded');
  assert.equal((await world.ended('sample')).exitCode, 143);
});

test('a container that holds more memory than its limit is OOMKilled, children included', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const resources = { limits: { memory: '200Mi' } };
  const hold = 'global.held = Buffer.alloc(300 * 2 ** 20, 1);';
  const inChild = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(hold + forEver)}]);`;
  await world.createPod('self', hold + forEver, { container: { resources } });
  await world.createPod('child', inChild + forEver, { container: { resources } });
  await world.createPod('modest', 'setTimeout(() => {}, 1000)', { container: { resources } });
  for (const name of ['self', 'child']) {
    const { exitCode, reason } = await world.ended(name);
    assert.deepEqual([exitCode, reason], [137, 'OOMKilled']);
    await eventually(async () => assert.equal((await world.pod(name))?.status?.phase, 'Failed'));
  }
  assert.equal((await world.ended('modest')).reason, 'Completed');
});

test('an evicted pod is disrupted, which a Job need not count', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
  await world.createJob('sample', forEver, { job: { podFailurePolicy: { rules } } });
  const name = await eventually(async () => {
    const [pod] = await world.podsOf('sample');
    assert.equal(pod?.status?.phase, 'Running');
    return pod.metadata.name;
  });
  await world.node.evict(world.namespace, name);
  await hasFailed(world, name, 'Evicted');
  const condition = (await world.pod(name))?.status?.conditions?.find(
    ({ type }) => type === 'DisruptionTarget',
  );
  assert.deepEqual([condition?.status, condition?.reason], ['True', 'TerminationByKubelet']);
  // The Job has no retries, and yet there is a second pod.
  await eventually(async () => {
    const phases = (await world.podsOf('sample')).map(({ status }) => status?.phase).sort();
    assert.deepEqual(phases, ['Failed', 'Running']);
  });
});

async function isUp({ node, namespace }: TestNode, name: string): Promise<void> {
  await eventually(async () => assert.match(await node.logs(namespace, name), /up/));
}

async function hasFailed(world: TestNode, name: string, reason: string): Promise<void> {
  await eventually(async () => {
    const { status } = (await world.pod(name)) ?? {};
    assert.deepEqual([status?.phase, status?.reason], ['Failed', reason]);
  });
}
