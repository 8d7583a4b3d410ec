import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackupRun } from '../operator/reconcile/kinds.ts';
import { type BackupWorld, backupWorld } from './backupWorld.ts';
import { assertRecovered, goodRun, longRun, shopTables } from './recovery.ts';
import { deployment, installRelease, release } from './release.ts';
import { breakableCluster, type SuiteCluster, suiteCluster } from './suiteCluster.ts';

/** The operator of the chart, and a world whose backup `shop` has had a good run. */
async function shopWorld(t: TestContext, cluster: SuiteCluster): Promise<BackupWorld> {
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, shopTables());
  await world.applyBackup('shop');
  await world.ready('shop');
  await goodRun(world, 'shop');
  return world;
}

async function succeeded(world: BackupWorld, name: string, seconds = 300): Promise<BackupRun['status']> {
  const { status } = await world.ended(name, seconds);
  assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));
  return status;
}

test("the operator's pod is killed during a run: the next one tells of it, once", async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  const world = await shopWorld(t, cluster);
  const { run } = await longRun(world, 20);
  const selector = ['--selector', `app.kubernetes.io/instance=${release.name}`];
  const place = ['--namespace', release.namespace];
  await cluster.run(['delete', 'pod', ...place, ...selector, '--force', '--grace-period=0']);
  const status = await succeeded(world, run);
  assert.equal(status?.attempts, 1);
  await assertRecovered(t, world, 'shop');
});

test('the kubelet is stopped for a minute during a run: the run goes on and is told of afterwards', async (t) => {
  const cluster = await breakableCluster(t);
  if (!cluster) return;
  const world = await shopWorld(t, cluster);
  const { run } = await longRun(world, 30);
  await cluster.control('kubelet', 'stop');
  await delay(60_000);
  assert.equal((await world.run(run)).status?.phase, 'Running', 'nobody can know yet how it ended');
  await cluster.control('kubelet', 'start');
  const status = await succeeded(world, run);
  assert.equal(status?.attempts, 1);
  await assertRecovered(t, world, 'shop');
});

test('the node is drained during a run: the run is done again when a node takes it', async (t) => {
  const cluster = await breakableCluster(t);
  if (!cluster) return;
  const world = await shopWorld(t, cluster);
  const { run, pod } = await longRun(world, 120);
  const [, node = ''] = (await cluster.run(['get', 'node', '-o', 'name'])).trim().split('/');
  const force = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
  await cluster.run(['drain', node, ...force]);
  assert.equal((await world.pods(run)).filter(({ metadata }) => metadata.name === pod).length, 0);
  await cluster.run(['uncordon', node]);
  const status = await succeeded(world, run);
  assert.match(status?.set ?? '', /^backup_/);
  await assertRecovered(t, world, 'shop');
});

test('the API server is restarted during a run: nothing is lost', async (t) => {
  const cluster = await breakableCluster(t);
  if (!cluster) return;
  const world = await shopWorld(t, cluster);
  const { run } = await longRun(world, 20);
  await cluster.control('apiServer', 'stop');
  await delay(10_000);
  await cluster.control('apiServer', 'start');
  const status = await succeeded(world, run);
  assert.equal(status?.attempts, 1);
  await assertRecovered(t, world, 'shop');
});

test('the cable of the node is out for a while during a run: whatever is told is true', async (t) => {
  const cluster = await breakableCluster(t);
  if (!cluster) return;
  const world = await shopWorld(t, cluster);
  const { run } = await longRun(world, 60);
  await cluster.control('cable', 'stop');
  await delay(30_000);
  await cluster.control('cable', 'start');
  await world.ended(run, 400);
  await cluster.run(['rollout', 'status', `deployment/${deployment}`, '--namespace', release.namespace]);
  await assertRecovered(t, world, 'shop');
});
