import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import type { SyncRun } from '../operator/reconcile/kinds.ts';
import { type BackupWorld, backupWorld, restricted } from './backupWorld.ts';
import { goodRun } from './recovery.ts';
import { installRelease } from './release.ts';
import { type SheetSyncs, sheetSyncs } from './sheetSyncs.ts';
import { suiteCluster } from './suiteCluster.ts';

/** With `rows` orders of some 60 bytes. */
const tables = (rows: number) => `
  CREATE TABLE customers (id int PRIMARY KEY, name text, vip boolean);
  INSERT INTO customers SELECT g, 'customer ' || g, g % 3 = 0 FROM generate_series(1, 500) g;
  CREATE TABLE orders (id int PRIMARY KEY, customer int, token text);
  ${ordersBetween(1, rows)}`;
const ordersBetween = (first: number, last: number) =>
  `INSERT INTO orders SELECT g, g % 7, md5(g::text) FROM generate_series(${first}, ${last}) g;`;

const totals = 'SELECT customer, count(*)::int AS orders FROM orders GROUP BY customer ORDER BY customer';
const sheets = [
  { name: 'Customers', table: 'public.customers', columns: ['name', 'id', 'vip'] },
  { name: 'Orders', table: 'public.orders', mode: 'Append' as const, keyColumn: 'id' },
  { name: 'Totals', query: totals },
];

/** Compares every tab, read over HTTP, with what the database gives now. */
async function assertSynced(world: BackupWorld, syncs: SheetSyncs): Promise<void> {
  const queries = {
    Customers: 'SELECT name, id, vip FROM customers ORDER BY id',
    Orders: 'SELECT id, customer, token FROM orders ORDER BY id',
    Totals: totals,
  };
  for (const [tab, query] of Object.entries(queries)) {
    const rows = (await world.server.query(query, world.uri)) as Record<string, unknown>[];
    const expected = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
    const found = await syncs.values(tab);
    assert.equal(found.length, expected.length, `rows of ${tab}`);
    assert.deepEqual(found, expected, tab);
  }
}

async function succeeded(syncs: SheetSyncs, name: string, trigger: string): Promise<SyncRun['status']> {
  const { status } = await syncs.ended(name, 300);
  assert.deepEqual([status?.phase, status?.trigger], ['Succeeded', trigger], JSON.stringify(status));
  return status;
}

test('SheetSync on a real node', { concurrency: 2 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);

  t.test(
    'on its schedule and on demand the tabs are what the database has; a backup of the same name goes its own way',
    async (t) => {
      const world = await backupWorld(t, cluster, tables(2_000), { labels: restricted });
      const syncs = sheetSyncs(world);
      const change = (sql: string) => world.server.query(sql, world.uri);
      await syncs.apply('shop', { schedule: '* * * * *', sheets });
      await world.applyBackup('shop', { schedule: '0 0 1 1 *' });
      await syncs.ready('shop');
      await world.ready('shop');
      assert.match(await world.kubectl('get', 'cronjobs', '-o', 'name'), /\/shop\n.*\/shop-sync\n/);

      const scheduled = await world.until(async () => {
        const [first] = await syncs.runs('shop');
        assert.ok(first, 'no run yet');
        return first.metadata.name;
      }, 120);
      // No further run while we compare.
      await world.kubectl('patch', 'sheetsync', 'shop', '--type=merge', '-p', '{"spec":{"suspend":true}}');
      const first = await succeeded(syncs, scheduled, 'Schedule');
      assert.equal(first?.rows, 2_507);
      await assertSynced(world, syncs);

      await change(`UPDATE customers SET name = '=1+' || id; ${ordersBetween(2_001, 2_050)}`);
      const byHand = await succeeded(syncs, await syncs.fromCronJob('shop'), 'Manual');
      assert.deepEqual(
        byHand?.sheets?.map(({ name, rows }) => [name, rows]),
        [
          ['Customers', 500],
          ['Orders', 50],
          ['Totals', 7],
        ],
      );
      await assertSynced(world, syncs);

      await change(`DELETE FROM customers WHERE id > 100; ${ordersBetween(2_051, 2_060)}`);
      const asked = await syncs.request('shop');
      assert.equal((await succeeded(syncs, asked, 'API'))?.rows, 117);
      await assertSynced(world, syncs);
      await goodRun(world, 'shop');

      await world.until(async () => {
        const [header = '', row = ''] = (await world.kubectl('get', 'ss')).split('\n');
        assert.match(header, /^NAME +READY +SCHEDULE +LAST RESULT +ROWS +LAST SYNC +NEXT +AGE$/);
        assert.match(row, /^shop +True +\* \* \* \* \* +Succeeded +117 +\d+\S+ /);
      });
      const listed = await world.kubectl('get', 'ssr', asked);
      assert.match(listed, /^NAME +SYNC +PHASE +TRIGGER +STARTED +DURATION +ROWS +REASON$/m);
      assert.match(listed, new RegExp(`^${asked} +shop +Succeeded +API +\\S+ +\\S+ +117`, 'm'));
      assert.equal((await world.runs('shop')).length, 1);
      assert.equal((await world.backup('shop')).status?.lastRun?.rows, 2_160);
      const pods = JSON.parse(await world.kubectl('get', 'pods', '-o', 'json'));
      for (const { spec } of pods.items) assert.equal(spec.automountServiceAccountToken, false);
      // That of the backup: a sync that succeeds is no news.
      assert.deepEqual(
        world.mailbox.messages().map(({ subject }) => /shop backup/.test(subject)),
        [true],
      );

      const wrong = { ...sheets[2], name: 'Totals', query: `${totals}, amount` };
      await syncs.apply('shop', { suspend: true, sheets: [...sheets.slice(0, 2), wrong] });
      const { reason, message } = await syncs.unready('shop');
      assert.equal(reason, 'InvalidQuery');
      assert.match(message, /column "amount" does not exist, at line 1, column \d+/);
      const failed = (await syncs.ended(await syncs.request('shop'))).status;
      assert.deepEqual(
        [failed?.phase, failed?.reason, failed?.attempts],
        ['Failed', 'InvalidQuery', 1],
        JSON.stringify(failed),
      );
      const mail = await world.mailbox.waitForMessage(({ subject }) => subject.includes('✗'));
      assert.match(mail.subject, /shop sync failed: InvalidQuery/);
      assert.match(mail.text, /column "amount" does not exist/);
      assert.equal(world.mailbox.messages().length, 2);
      await assertSynced(world, syncs);

      // Each goes with what is its own.
      await world.kubectl('delete', 'sheetsync', 'shop');
      await world.until(async () =>
        assert.equal((await world.kubectl('get', 'ssr,cronjobs', '-o', 'name')).trim(), 'cronjob.batch/shop'),
      );
      assert.equal((await world.runs('shop')).length, 1);
      assert.deepEqual(world.google.bugs, []);
    },
  );

  t.test(
    'a pod that is killed while it writes: another attempt succeeds, the sheet is right and nothing doubled',
    async (t) => {
      const world = await backupWorld(t, cluster, tables(1_000), { labels: restricted });
      const syncs = sheetSyncs(world);
      await syncs.apply('shop', { sheets });
      await syncs.ready('shop');
      await succeeded(syncs, await syncs.request('shop'), 'API');

      /** Kills the pod of a run while its write number `nth` creeps, once `look` is content, and waits for the end of the run. */
      const killedAt = async (nth: number, look: () => Promise<void>, ...how: string[]) => {
        const slow = world.google.faults.add({
          ...{ operation: 'valuesUpdate', nth, effect: 'slow', bytesPerSecond: 1_000 },
        } as const);
        const run = await syncs.request('shop');
        await world.until(() => assert.ok(slow.hits > 0, 'no such write'), 120);
        await look();
        await world.kubectl('delete', 'pod', await world.runningPod(run), ...how);
        const status = await succeeded(syncs, run, 'API');
        assert.equal(status?.attempts, 2, JSON.stringify(status));
        await assertSynced(world, syncs);
      };
      await world.server.query('UPDATE customers SET name = upper(name)', world.uri);
      const stillOld = async () =>
        assert.deepEqual((await syncs.values('Customers'))[1], ['customer 1', 1, false]);
      await killedAt(1, stillOld, '--wait=false');

      // Several batches, of which the first is there.
      await world.server.query(ordersBetween(1_001, 80_000), world.uri);
      const halfway = async () => {
        const { length } = await syncs.values('Orders');
        assert.ok(length > 2_000 && length < 80_000, `${length} rows`);
      };
      await killedAt(3, halfway, '--force', '--grace-period=0');
      const status = await succeeded(syncs, await syncs.request('shop'), 'API');
      assert.equal(status?.sheets?.find(({ name }) => name === 'Orders')?.rows, 0);
      await assertSynced(world, syncs);
      const { conditions } = (await syncs.get('shop')).status ?? {};
      assert.equal(conditionOf(conditions, 'LastRunSucceeded')?.status, 'True');
      assert.deepEqual(world.mailbox.messages(), []);
      assert.deepEqual(world.google.bugs, []);
    },
  );
});
