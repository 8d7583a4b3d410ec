import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { bareWorld } from './bareWorldFixture.ts';
import { type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { startOperator } from './operatorFixture.ts';
import { problems } from './problemsFixture.ts';

test('what is deleted goes with all that belongs to it, and nothing of it comes back', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await applyCrds(cluster);
  const ending = (pod: PodOf) => (pod.job.endsWith('-ever') ? 'Runs' : wellEnding(pod));
  const world = await bareWorld(t, cluster, { ending });
  const { namespace } = world;
  const operator = await startOperator(t, cluster, namespace);
  const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
  const isRight = (name: string) =>
    eventually(async () => assert.deepEqual(problems(await world.snapshot(), name), []));
  const names = async () => {
    const { cronJobs, jobs, runs } = await world.snapshot();
    return [...cronJobs, ...jobs, ...runs].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  };
  const phaseOf = async (run: string) =>
    (await world.snapshot()).runs.find(({ metadata }) => metadata.name === run)?.status?.phase;

  await t.test('a backup in the middle of a run', async () => {
    await world.applyOwner('gone');
    await isRight('gone');
    await world.createJob('gone', 'gone-ever', 'Manual');
    await eventually(async () => assert.equal(await phaseOf('gone-ever'), 'Running'));
    await kubectl('delete', 'databasebackup', 'gone');
    // A pod without a kubelet has nobody who ends it.
    const pods = ['delete', 'pod', '-l', 'dbbackup.dev/backup=gone', '--force', '--grace-period=0'];
    await eventually(async () => {
      await kubectl(...pods);
      assert.deepEqual(await names(), []);
    });
  });

  await t.test('a CronJob by hand: it comes back, and its runs keep their records', async () => {
    await world.applyOwner('shop');
    await isRight('shop');
    await world.createJob('shop', 'shop-1', 'Manual');
    await eventually(async () => assert.equal(await phaseOf('shop-1'), 'Succeeded'));
    await kubectl('delete', 'cronjob', 'shop');
    await eventually(async () => assert.ok((await names()).includes('CronJob shop')));
    assert.equal(await phaseOf('shop-1'), 'Succeeded');
    await isRight('shop');
  });

  await t.test('a namespace: nobody is asked for what is on its way out again and again', async () => {
    await world.createJob('shop', 'shop-ever', 'Manual');
    await eventually(async () => assert.equal(await phaseOf('shop-ever'), 'Running'));
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    const pods = ['delete', 'pod', '--all', '--force', '--grace-period=0'];
    await eventually(async () => {
      await kubectl(...pods);
      assert.deepEqual(await names(), []);
    });
    assert.equal((await operator.page('/healthz')).status, 200);
    const troubles = operator.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
    assert.ok(troubles.length < 20, troubles.join('\n'));
    t.diagnostic(`${troubles.length} warnings`);
  });
});
