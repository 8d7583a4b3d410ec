import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import { startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { backupWorld } from './backupWorld.ts';
import { assertRecovered, goodRun, shopTables } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

test('what befalls the services that a run needs', { concurrency: 3 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);

  t.test('PostgreSQL is restarted during the export: another attempt succeeds', async (t) => {
    await using server = await startPostgres();
    const world = await backupWorld(t, cluster, shopTables(300_000), { server });
    await world.applyBackup('shop', { formats: ['json'] });
    await world.ready('shop');
    await goodRun(world, 'shop');
    // Rows are read as their files are uploaded, so that most are still to come.
    const slow = world.google.faults.add({
      ...{ operation: 'uploadChunk', effect: 'slow', bytesPerSecond: 4 << 20 },
    } as const);
    const run = await world.request('shop');
    await world.until(() => assert.ok(slow.hits > 0, 'no upload has begun'), 120);
    await server.restart();
    await world.until(async () => {
      const { status } = await world.run(run);
      assert.equal(status?.reason, 'DatabaseUnreachable', JSON.stringify(status));
    });
    const { status } = await world.ended(run);
    assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 2], JSON.stringify(status));
    await world.applyBackup('shop');
    await world.ready('shop');
    await assertRecovered(t, world, 'shop');
  });

  t.test('Google cannot be reached for a minute: a check says so, the run succeeds later', async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    await world.applyBackup('shop', { retries: 0 });
    await world.ready('shop');
    world.relays.google.refuse();
    const run = await world.request('shop');
    await world.runningPod(run);
    await delay(60_000);
    assert.equal((await world.run(run)).status?.phase, 'Running');
    await world.relays.google.restore();
    const { status } = await world.ended(run, 300);
    assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 1], JSON.stringify(status));

    world.relays.google.refuse();
    await world.kubectl('annotate', 'databasebackup', 'shop', 'dbbackup.dev/check-now=1');
    await world.until(async () => {
      const ready = conditionOf((await world.backup('shop')).status?.conditions, 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'UploadFailed'], JSON.stringify(ready));
    }, 180);
    await world.relays.google.restore();
    await assertRecovered(t, world, 'shop');
    await world.ready('shop');
  });

  t.test('Google answers 429 for a minute: the run takes longer and succeeds', async (t) => {
    const world = await backupWorld(t, cluster, shopTables());
    await world.applyBackup('shop', { retries: 0 });
    await world.ready('shop');
    const busy = (['list', 'generateIds', 'uploadStart', 'uploadChunk', 'create'] as const).map((operation) =>
      world.google.faults.add({
        ...{ operation, count: 1e6, effect: 'error', status: 429, reason: 'rateLimitExceeded' },
      } as const),
    );
    const run = await world.request('shop');
    await world.until(() => assert.ok(busy.some(({ hits }) => hits > 0)), 120);
    await delay(60_000);
    world.google.faults.clear();
    const { status } = await world.ended(run, 300);
    assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 1], JSON.stringify(status));
    await assertRecovered(t, world, 'shop');
  });

  t.test('connections to Google break again and again: the run succeeds at its first attempt', async (t) => {
    const world = await backupWorld(t, cluster, shopTables(100_000));
    await world.applyBackup('shop', { retries: 0 });
    await world.ready('shop');
    world.google.faults.add({
      ...{ operation: 'uploadChunk', count: 6, effect: 'slow', bytesPerSecond: 1 << 20 },
    } as const);
    const run = await world.request('shop');
    let broken = 0;
    const before = world.relays.google.received;
    await world.until(async () => {
      if (world.relays.google.received > before + 100_000 && broken < 5) broken += world.relays.google.drop();
      await delay(500);
      assert.match((await world.run(run)).status?.phase ?? '', /Succeeded|Failed/);
    }, 180);
    assert.ok(broken >= 2, `${broken} connections were broken`);
    const { status } = await world.ended(run);
    assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 1], JSON.stringify(status));
    await assertRecovered(t, world, 'shop');
  });

  t.test(
    'the mail relay is down: the backup succeeds, and its mail comes when the relay is back',
    async (t) => {
      const world = await backupWorld(t, cluster, shopTables());
      await world.applyBackup('shop');
      await world.ready('shop');
      world.relays.mail.refuse();
      const { metadata } = await goodRun(world, 'shop');
      const notified = async (reason: string) => {
        const found = conditionOf((await world.run(metadata.name)).status?.conditions, 'Notified');
        assert.equal(found?.reason, reason, JSON.stringify(found));
      };
      await world.until(() => notified('MailPending'));
      await world.until(async () => {
        const mailers = JSON.parse(
          await world.kubectl('get', 'jobs', '--selector', 'dbbackup.dev/purpose=notify', '-o', 'json'),
        );
        assert.ok(mailers.items[0]?.status.failed > 0, 'the mailer has not failed');
      });
      assert.deepEqual(world.mailbox.messages(), []);
      await world.relays.mail.restore();
      await world.until(() => notified('MailSent'), 120);
      await assertRecovered(t, world, 'shop');
    },
  );
});
