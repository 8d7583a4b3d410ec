import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { RestoreSpecInput } from '../crds/databaseRestore.ts';
import type { Restore } from '../operator/reconcile/kinds.ts';
import { testKey } from '../runner/encryption/ageFixture.ts';
import { contentsOf, differences } from '../runner/restore/restoreFixture.ts';
import { createDemoData } from '../sandbox/demoData/createDemoData.ts';
import { type BackupWorld, backupWorld } from './backupWorld.ts';
import { goodRun } from './recovery.ts';
import { installRelease, release } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

/** A world with a set in Drive, and restores into another database of the same server. */
async function restoreWorld(t: TestContext, world: BackupWorld) {
  await createDemoData(world.uri, { seed: 5, rows: 20_000 });
  await world.applyBackup('shop', { formats: ['csv', 'sql'] });
  await world.ready('shop');
  await goodRun(world, 'shop');
  const uriOf = (uri: string, name: string) => {
    const url = new URL(uri);
    url.pathname = `/${name}`;
    return url.href;
  };
  const name = `restored_${world.namespace.slice(4)}`;
  const target = uriOf(world.uri, name);
  t.after(() => world.server.dropDatabase(target).catch(() => {})); // it is not there if nothing was restored
  await world.applySecret('restored-db', { uri: uriOf(world.podURI, name) });
  const query = (sql: string, uri: string) => world.server.query(sql, uri);
  return {
    target,
    async restore(restore: string, spec: Partial<RestoreSpecInput> = {}): Promise<void> {
      await world.apply({
        ...{ apiVersion, kind: 'DatabaseRestore', metadata: { name: restore } },
        spec: {
          ...{
            backupName: 'shop',
            set: 'latest',
            target: { secretRef: { name: 'restored-db' } },
            create: true,
          },
          ...spec,
        },
      });
    },
    ended: (restore: string, seconds = 180) =>
      world.until(async () => {
        const found = JSON.parse(
          await world.kubectl('get', 'databaserestore', restore, '-o', 'json'),
        ) as Restore;
        assert.match(found.status?.phase ?? '', /^(Succeeded|Failed)$/, JSON.stringify(found.status));
        return found.status ?? {};
      }, seconds),
    differences: async () => differences(await contentsOf(query, target), await contentsOf(query, world.uri)),
    exists: async () =>
      (await query(`SELECT FROM pg_database WHERE datname = '${name}'`, world.uri)).length > 0,
  };
}

test('DatabaseRestore on a real node', { concurrency: 2 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);

  t.test(
    'a set comes back as it was; its own database is refused; a rotated Secret is read anew',
    async (t) => {
      const world = await backupWorld(t, cluster, '');
      const { target, restore, ended, differences, exists } = await restoreWorld(t, world);
      await restore('back');
      const status = await ended('back');
      assert.equal(status.phase, 'Succeeded', JSON.stringify(status));
      assert.deepEqual(await differences(), []);
      assert.match(await world.kubectl('get', 'dbr'), /^back +Succeeded +backup_\S+ +\S+ +\d+/m);

      await restore('into-itself', { target: { secretRef: { name: 'shop-db' } }, create: false });
      const refused = await ended('into-itself');
      assert.deepEqual(
        [refused.phase, refused.reason],
        ['Failed', 'TargetIsSource'],
        JSON.stringify(refused),
      );

      await world.server.dropDatabase(target);
      const pod = JSON.parse(await world.kubectl('get', 'secret', 'restored-db', '-o', 'json')).data.uri;
      const right = String(Buffer.from(pod, 'base64'));
      await world.applySecret('restored-db', { uri: right.replace(/:[^:@]+@/, ':wrong@') });
      await restore('with-a-wrong-password');
      const failed = await ended('with-a-wrong-password');
      assert.deepEqual(
        [failed.phase, failed.reason],
        ['Failed', 'DatabaseAuthFailed'],
        JSON.stringify(failed),
      );
      assert.equal(await exists(), false);
      await world.applySecret('restored-db', { uri: right });
      await restore('with-the-right-one');
      assert.equal((await ended('with-the-right-one')).phase, 'Succeeded');
      assert.deepEqual(await differences(), []);
    },
  );

  t.test('an encrypted set comes back with the identity, and is nothing without it', async (t) => {
    const world = await backupWorld(t, cluster, '');
    const { restore, ended, differences } = await restoreWorld(t, world);
    const { identity, recipient } = await testKey(t);
    await world.applySecret('recipients', { 'recipients.txt': recipient });
    const encryption = { recipientsSecretRef: { name: 'recipients' } };
    await world.applyBackup('shop', { formats: ['csv', 'sql'], encryption });
    await world.ready('shop');
    const run = await goodRun(world, 'shop');
    for (const { name } of run.status?.files ?? []) assert.match(name, /\.(age|manifest\.json)$/);

    await restore('without');
    const without = await ended('without');
    assert.deepEqual([without.phase, without.reason], ['Failed', 'IdentityMissing'], JSON.stringify(without));
    await world.applySecret('identity', { 'key.txt': identity });
    await restore('with', { identitySecretRef: { name: 'identity', key: 'key.txt' } });
    const status = await ended('with');
    assert.deepEqual([status.phase, status.set], ['Succeeded', run.status?.set], JSON.stringify(status));
    assert.deepEqual(await differences(), []);
  });

  t.test(
    'the operator and the pod are killed on the way: one restore, all of it; one that is deleted leaves nothing',
    async (t) => {
      const world = await backupWorld(t, cluster, '');
      const { restore, ended, differences, exists } = await restoreWorld(t, world);
      const slowly = () =>
        world.google.faults.add({
          ...{ operation: 'download', name: /sql\.gz$/, effect: 'slow', bytesPerSecond: 30_000 },
        } as const);
      const begun = async (restore: string, slow: { hits: number }) => {
        await world.until(() => assert.ok(slow.hits > 0, 'no download has begun'), 120);
        return world.runningPod(restore);
      };
      let slow = slowly();
      await restore('killed', { retries: 1 });
      const pod = await begun('killed', slow);
      const ofOperator = ['--selector', `app.kubernetes.io/instance=${release.name}`];
      const force = ['--force', '--grace-period=0'];
      await cluster.run(['delete', 'pod', '--namespace', release.namespace, ...ofOperator, ...force]);
      await world.kubectl('delete', 'pod', pod, ...force);
      const status = await ended('killed');
      assert.deepEqual([status.phase, status.attempts], ['Succeeded', 2], JSON.stringify(status));
      assert.deepEqual(await differences(), []);

      await world.server.query(`DROP DATABASE "${`restored_${world.namespace.slice(4)}`}" WITH (FORCE)`);
      slow = slowly();
      await restore('cancelled');
      await begun('cancelled', slow);
      await world.kubectl('delete', 'databaserestore', 'cancelled');
      await world.until(async () => {
        assert.equal(
          await world.kubectl('get', 'jobs,pods', '-l', 'dbbackup.dev/restore=cancelled', '-o', 'name'),
          '',
        );
      }, 120);
      assert.equal(await exists(), false);
    },
  );
});
