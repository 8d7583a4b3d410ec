import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import { backupWorld } from './backupWorld.ts';
import { assertRecovered, failedRun, goodRun, shopTables, slowUpload } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

test('what befalls the pods of a run', { concurrency: 3 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster, { operator: { stuckPodSeconds: 15 } });

  t.test('a memory limit that is too small: OutOfMemory, and a mail says so', async (t) => {
    const world = await backupWorld(t, cluster, shopTables(100_000));
    await world.applyBackup('shop');
    await world.ready('shop');
    await goodRun(world, 'shop');
    const limits = { memory: '40Mi' }; // a run needs more, a mail does not
    await world.applyBackup('shop', { retries: 0, runner: { resources: { limits, requests: limits } } });
    await world.ready('shop');
    await failedRun(world, await world.request('shop'), 'OutOfMemory');
    const mail = await world.mailbox.waitForMessage(({ subject }) => subject.includes('✗'));
    assert.match(mail.text, /limits\.memory/);
    await world.applyBackup('shop');
    await assertRecovered(t, world, 'shop');
  });

  t.test(
    'a pod that is deleted in the middle of an upload: PodDeleted, another attempt succeeds',
    async (t) => {
      const world = await backupWorld(t, cluster, shopTables());
      await world.applyBackup('shop');
      await world.ready('shop');
      await goodRun(world, 'shop');
      const first = await slowUpload(world, 'shop');
      await world.kubectl('delete', 'pod', first.pod, '--wait=false');
      await world.until(async () => {
        const { status } = await world.run(first.run);
        assert.equal(status?.reason, 'PodDeleted', JSON.stringify(status));
      });
      const { status } = await world.ended(first.run);
      assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 2], JSON.stringify(status));

      await world.applyBackup('shop', { retries: 0 });
      const second = await slowUpload(world, 'shop');
      await world.kubectl('delete', 'pod', second.pod, '--force', '--grace-period=0');
      await failedRun(world, second.run, 'PodDeleted');
      await assertRecovered(t, world, 'shop');
    },
  );

  t.test("the Job's deadline, and that of the attempt: DeadlineExceeded", async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    await world.applyBackup('shop', { retries: 0 });
    await world.ready('shop');
    const first = await slowUpload(world, 'shop');
    const patch = JSON.stringify({ spec: { activeDeadlineSeconds: 1 } });
    await world.kubectl('patch', 'job', first.run, '--type=merge', '-p', patch);
    await failedRun(world, first.run, 'DeadlineExceeded');
    await world.applyBackup('shop', { retries: 0, timeoutSeconds: 60 });
    await assertRecovered(t, world, 'shop');
  });

  t.test('an image that does not exist: not Ready, ImagePullFailed, and no run hangs', async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    await world.applyBackup('shop');
    await world.ready('shop');
    await goodRun(world, 'shop');
    await world.applyBackup('shop', { runner: { image: `${cluster.host}:1/nothing:1` } });
    const run = await world.request('shop');
    await world.until(async () => {
      const ready = conditionOf((await world.backup('shop')).status?.conditions, 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'ImagePullFailed']);
    }, 120);
    await failedRun(world, run, 'ImagePullFailed');
    await world.applyBackup('shop');
    await world.ready('shop');
    await assertRecovered(t, world, 'shop');
  });
});
