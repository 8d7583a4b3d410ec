import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import { backupWorld } from './backupWorld.ts';
import { assertRecovered, failedRun, goodRun, shopTables } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

test('what befalls the Secrets of a backup', { concurrency: 2 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);

  t.test('deleted: SecretNotFound at once; created again: Ready, and the next run succeeds', async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    await world.applyBackup('shop');
    await world.ready('shop');
    await goodRun(world, 'shop');
    await world.kubectl('delete', 'secret', 'drive-oauth');
    const run = await failedRun(world, await world.request('shop'), 'SecretNotFound');
    assert.match(run.status?.message ?? '', /drive-oauth/);
    assert.equal(run.status?.attempts, 1);
    await world.until(async () => {
      const ready = conditionOf((await world.backup('shop')).status?.conditions, 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'SecretNotFound'], JSON.stringify(ready));
    });
    await world.applySecret('drive-oauth', { 'token.json': JSON.stringify(world.google.credentials) });
    await assertRecovered(t, world, 'shop');
    await world.ready('shop');
  });

  t.test('rotated between two runs: each uses what is valid then', async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    const role = `backup_${world.namespace.slice(4)}`;
    const password = (word: string) => world.server.query(`ALTER ROLE ${role} PASSWORD '${word}'`);
    await world.server.query(`CREATE ROLE ${role} LOGIN PASSWORD 'first'; GRANT pg_read_all_data TO ${role}`);
    t.after(() => world.server.query(`DROP ROLE ${role}`));
    const uri = (word: string) => {
      const url = new URL(world.podURI);
      [url.username, url.password] = [role, word];
      return url.href;
    };
    await world.applySecret('shop-db', { uri: uri('first') });
    await world.applyBackup('shop');
    await world.ready('shop');
    await goodRun(world, 'shop');

    await password('second');
    await failedRun(world, await world.request('shop'), 'DatabaseAuthFailed');
    await world.applySecret('shop-db', { uri: uri('second') });
    await goodRun(world, 'shop');

    const fresh = world.google.issueCredentials();
    world.google.revokeRefreshTokens();
    await failedRun(world, await world.request('shop'), 'TokenExpired');
    const renewed = world.google.issueCredentials();
    assert.notEqual(renewed.refresh_token, fresh.refresh_token);
    await world.applySecret('drive-oauth', { 'token.json': JSON.stringify(renewed) });
    await assertRecovered(t, world, 'shop');
  });
});
