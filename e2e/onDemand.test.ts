import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupRun } from '../operator/reconcile/kinds.ts';
import { type BackupWorld, backupWorld } from './backupWorld.ts';
import { assertRecovered, present, shopTables } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

const slowUploads = ({ google }: BackupWorld) =>
  google.faults.add({ operation: 'uploadChunk', count: 2, effect: 'slow', bytesPerSecond: 20_000 });

test('a Job from the CronJob and a DatabaseBackupRun, alone and while a run is active', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, shopTables());
  await world.applyBackup('shop', { schedule: '0 0 1 1 *' });
  await world.ready('shop');
  const succeeded = async (name: string, trigger: string): Promise<BackupRun> => {
    const run = await world.until(() => world.ended(name));
    assert.deepEqual(
      [run.status?.phase, run.status?.trigger],
      ['Succeeded', trigger],
      JSON.stringify(run.status),
    );
    return run;
  };

  await t.test('kubectl create job --from alone', async () => {
    await succeeded(await world.fromCronJob('shop'), 'Manual');
  });

  await t.test('a DatabaseBackupRun alone', async () => {
    await succeeded(await world.request('shop'), 'API');
  });

  await t.test(
    'a Job from the CronJob overlaps with an active run: two whole sets, nothing reaped',
    async () => {
      const slow = slowUploads(world);
      const first = await world.request('shop');
      await world.until(() => assert.ok(slow.hits > 0));
      const second = await world.fromCronJob('shop');
      await world.runningPod(second);
      assert.equal((await world.run(first)).status?.phase, 'Running', 'they did not overlap');
      const [one, other] = await Promise.all([succeeded(first, 'API'), succeeded(second, 'Manual')]);
      assert.notEqual(one.status?.set, other.status?.set);
      assert.deepEqual(
        world.google.files().filter(({ trashed }) => trashed),
        [],
      );
    },
  );

  await t.test('a DatabaseBackupRun waits for the active run', async () => {
    const slow = slowUploads(world);
    const first = await world.request('shop');
    await world.until(() => assert.ok(slow.hits > 0));
    const second = await world.request('shop');
    await world.until(async () => {
      const { status } = await world.run(second);
      assert.equal(status?.phase, 'Pending');
      assert.match(status?.message ?? '', new RegExp(first));
    });
    assert.deepEqual(await world.pods(second), []);
    const [one, other] = await Promise.all([succeeded(first, 'API'), succeeded(second, 'API')]);
    const end = Date.parse(one.status?.completionTime ?? '');
    assert.ok(Date.parse(other.status?.startTime ?? '') >= end, JSON.stringify([one.status, other.status]));
  });

  await assertRecovered(t, world, 'shop');
  assert.equal(present(world).filter(({ name }) => name.endsWith('.manifest.json')).length, 7);
});
