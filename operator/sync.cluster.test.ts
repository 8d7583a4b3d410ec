import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { SyncSpecInput } from '../crds/sheetSync.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { tabValues } from '../sandbox/tabValues.ts';
import { testPostgres } from '../sandbox/testing.ts';
import { type OperatorWorld, operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { Sync, SyncRun } from './reconcile/kinds.ts';
import { imageThat } from './runnerStandInFixture.ts';

const shop = `
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, since date);
INSERT INTO customers SELECT n, 'customer ' || n, '2026-02-01' FROM generate_series(1, 3) n;
CREATE TABLE orders (id bigint PRIMARY KEY, customer int, amount numeric);
INSERT INTO orders SELECT n, n % 3 + 1, n * 1.5 FROM generate_series(1, 4) n;`;

const sheets: SyncSpecInput['sheets'] = [
  { name: 'Customers', table: 'public.customers' },
  { name: 'Orders', table: 'public.orders', mode: 'Append', keyColumn: 'id' },
];

interface SyncWorld {
  readonly world: OperatorWorld;
  readonly spreadsheetID: string;
  /** Applies a SheetSync on demand; fields of the spec replace those of the ordinary one. */
  apply(name: string, spec?: Partial<SyncSpecInput>): Promise<void>;
  sync(name: string): Promise<Sync>;
  runs(sync: string): Promise<SyncRun[]>;
  /** Waits for the condition Ready; gives its message. */
  ready(name: string, status: 'True' | 'False', reason: string): Promise<string>;
  /** Waits for the end of a run. */
  ended(
    name: string,
    phase: 'Succeeded' | 'Failed',
    reason?: string,
  ): Promise<NonNullable<SyncRun['status']>>;
  values(range: string): Promise<unknown[][]>;
  sql(text: string): Promise<unknown>;
}

async function syncWorld(t: TestContext): Promise<SyncWorld | undefined> {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const world = await operatorWorld(t, cluster, shop);
  const { google, mailbox, namespace, node, kubectl } = world;
  const { query } = await testPostgres(t);
  const spreadsheetID = google.createSpreadsheet('Shop');
  const get = async <T>(what: string, name = '') =>
    JSON.parse(await kubectl('get', what, ...(name === '' ? [] : [name]), '-o', 'json')) as T;
  const sync = (name: string) => get<Sync>('sheetsync', name);
  return {
    world,
    spreadsheetID,
    async apply(name, spec = {}) {
      const of = {
        ...{ apiVersion, kind: 'SheetSync', metadata: { name, namespace } },
        spec: {
          database: { secretRef: { name: 'shop-db' } },
          spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
          sheets,
          notification: {
            email: { to: ['ops@example.com'], smtp: { host: mailbox.host, port: mailbox.port, tls: 'Off' } },
          },
          retries: 0,
          ...spec,
          runner: {
            nodeSelector: { 'kubernetes.io/hostname': node.name },
            tolerations: [{ key: 'dbbackup.dev/test-node', operator: 'Exists' }],
            ...spec.runner,
          },
        },
      };
      await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(of) });
    },
    sync,
    async runs(of) {
      const { items } = await get<{ items: SyncRun[] }>('sheetsyncrun');
      return items.filter(({ spec }) => spec.syncName === of);
    },
    ready: (name, status, reason) =>
      world.until(async () => {
        const { status: all, metadata } = await sync(name);
        const found = conditionOf(all?.conditions, 'Ready');
        assert.deepEqual(
          [found?.status, found?.reason, found?.observedGeneration],
          [status, reason, metadata.generation],
          found?.message ?? 'no condition',
        );
        return found?.message ?? '';
      }),
    ended: (name, phase, reason) =>
      world.until(async () => {
        const { status } = await get<SyncRun>('sheetsyncrun', name);
        assert.deepEqual([status?.phase, status?.reason], [phase, reason], JSON.stringify(status));
        assert.ok(status);
        return status;
      }),
    values: (range) => tabValues(google, spreadsheetID, range),
    sql: (text) => query(text, world.uri),
  };
}

test('a SheetSync is checked, runs on the minute and on demand, and tells of it as a backup does', async (t) => {
  const made = await syncWorld(t);
  if (!made) return;
  const { world } = made;
  const { kubectl, mailbox, google } = world;
  const operator = await startOperator(t, world.cluster, world.namespace);
  const request = (name: string, syncName: string, more: object = {}) =>
    world.apply({ apiVersion, kind: 'SheetSyncRun', metadata: { name }, spec: { syncName, ...more } });

  await t.test('a request without its sync waits for it, and both belong together afterwards', async () => {
    await request('early', 'shop', { requestedBy: 'Ann, before the meeting' });
    await made.apply('shop');
    const status = await made.ended('early', 'Succeeded');
    assert.deepEqual(
      [status.trigger, status.rows, status.spreadsheet, status.consecutiveFailures],
      ['API', 7, 'Shop', 0],
    );
    assert.deepEqual(status.sheets, [
      { name: 'Customers', mode: 'Replace', rows: 3, columns: 3 },
      { name: 'Orders', mode: 'Append', rows: 4, columns: 3 },
    ]);
    assert.match(status.link ?? '', new RegExp(made.spreadsheetID));
    assert.equal(conditionOf(status.conditions, 'Notified')?.reason, 'MailNotWanted');
    const events = await world.events('shop');
    for (const event of [/RunStarted.*requested by Ann/, /RunSucceeded.*7 rows in 2 tabs/])
      assert.ok(
        events.some((line) => event.test(line)),
        events.join('\n'),
      );
    assert.deepEqual(await made.values('Customers!A1:C4'), [
      ['id', 'name', 'since'],
      [1, 'customer 1', '2026-02-01'],
      [2, 'customer 2', '2026-02-01'],
      [3, 'customer 3', '2026-02-01'],
    ]);
    const [run] = await made.runs('shop');
    assert.equal(run?.metadata.ownerReferences?.[0]?.uid, (await made.sync('shop')).metadata.uid);
  });

  await t.test('the check found everything, and kubectl shows how it stands', async () => {
    assert.equal(await made.ready('shop', 'True', 'CheckPassed'), 'Everything that a sync needs was found.');
    const line = await world.until(async () => {
      const text = await kubectl('get', 'ss', 'shop', '--no-headers');
      assert.match(text, /Succeeded/);
      return text.split(/\s+/);
    });
    assert.deepEqual(line.slice(0, 4), ['shop', 'True', 'Succeeded', '7']);
  });

  await t.test('on the minute it writes what is new, in the mode of each tab', async () => {
    await made.sql("UPDATE customers SET name = 'renamed' WHERE id = 2");
    await made.sql('INSERT INTO orders VALUES (5, 1, 9)');
    await made.apply('shop', { schedule: '* * * * *' });
    const run = await world.until(async () => {
      const found = (await made.runs('shop')).find(({ status }) => status?.trigger === 'Schedule');
      assert.equal(found?.status?.phase, 'Succeeded', JSON.stringify(found?.status));
      return found;
    });
    await kubectl('patch', 'sheetsync', 'shop', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    assert.match(run?.metadata.name ?? '', /^shop-sync-\d+$/);
    assert.equal((await made.values('Customers!B3'))[0]?.[0], 'renamed');
    assert.deepEqual((await made.values('Orders!A1:A9')).flat(), ['id', '1', '2', '3', '4', '5']);
    const { status } = await made.sync('shop');
    assert.ok(Date.parse(status?.lastScheduleTime ?? '') > 0, JSON.stringify(status));
  });

  await t.test(
    'a Job from its CronJob is a run of it, too; a backup of the same name is another matter',
    async () => {
      await world.backUp('shop');
      await kubectl('create', 'job', '--from=cronjob/shop-sync', 'by-hand');
      const status = await made.ended('by-hand', 'Succeeded');
      assert.equal(status.trigger, 'Manual');
      const owners = JSON.parse(await kubectl('get', 'cronjob', '-o', 'json')) as {
        items: { metadata: { name: string; ownerReferences: { kind: string }[] } }[];
      };
      assert.deepEqual(
        owners.items.map(({ metadata }) => [metadata.name, metadata.ownerReferences[0]?.kind]).sort(),
        [
          ['shop', 'DatabaseBackup'],
          ['shop-sync', 'SheetSync'],
        ],
      );
      assert.deepEqual(
        (await world.runs('shop')).map(({ metadata }) => metadata.name),
        ['shop-now'],
      );
    },
  );

  await t.test(
    'a query that is wrong is told at apply time with its place, and a run of it by mail',
    async () => {
      const wrong = [{ name: 'Wrong', query: 'SELECT id, nmae FROM customers' }];
      await made.apply('wrong', { sheets: wrong });
      const message = await made.ready('wrong', 'False', 'InvalidQuery');
      assert.match(message, /nmae/);
      await request('wrong-1', 'wrong');
      const status = await made.ended('wrong-1', 'Failed', 'InvalidQuery');
      assert.match(status.hint ?? '', /psql/);
      const mail = await mailbox.waitForMessage(({ subject }) => /InvalidQuery/.test(subject));
      assert.match(mail.subject, /✗ .*wrong/);
      assert.equal(conditionOf(status.conditions, 'Notified')?.reason, 'MailSent');
    },
  );

  await t.test('a runner that dies without a word is told by a notify Job', async () => {
    world.node.addImage('dead:1', imageThat(world, 'process.exit(1)'));
    await made.apply('dead', { runner: { image: 'dead:1' } });
    await request('dead-1', 'dead');
    await made.ended('dead-1', 'Failed', 'ReportMissing');
    const mail = await mailbox.waitForMessage(({ subject }) => /ReportMissing/.test(subject));
    assert.match(mail.subject, /✗ .*dead/);
    await world.until(async () => {
      const [run] = await made.runs('dead');
      assert.equal(conditionOf(run?.status?.conditions, 'Notified')?.reason, 'MailSent');
    });
  });

  await t.test('a spreadsheet that there is not, a dead token and a taken name are told apart', async () => {
    const spreadsheet = {
      googleSheets: { spreadsheetID: '1NoSuchSpreadsheet', credentialsSecretRef: { name: 'drive-oauth' } },
    };
    await made.apply('nowhere', { spreadsheet });
    await made.ready('nowhere', 'False', 'SpreadsheetNotFound');
    await kubectl('create', 'cronjob', 'taken-sync', '--image=busybox', '--schedule=0 5 * * *', '--', 'true');
    await made.apply('taken');
    assert.match(await made.ready('taken', 'False', 'NameTaken'), /taken-sync/);
    google.revokeRefreshTokens();
    await kubectl('annotate', 'sheetsync', 'shop', 'dbbackup.dev/check-now=again');
    await made.ready('shop', 'False', 'TokenExpired');
  });

  await t.test('its metrics stand beside those of backups', async () => {
    const { text } = await operator.page('/metrics');
    const labels = `namespace="${world.namespace}",name="shop"`;
    assert.ok(text.includes(`dbbackup_sync_last_run_succeeded{${labels}} 1`), text);
    assert.ok(text.includes(`dbbackup_sync_ready{${labels}} 0`));
    assert.ok(text.includes(`dbbackup_last_run_succeeded{${labels}} 1`));
  });

  await t.test('it takes CronJob, Jobs and records with it, and leaves the backup and the tabs', async () => {
    await kubectl('delete', 'sheetsync', 'shop');
    await world.until(async () => {
      assert.deepEqual(await made.runs('shop'), []);
      assert.equal(
        (await kubectl('get', 'cronjob', '-o', 'name')).includes('cronjob.batch/shop-sync'),
        false,
      );
    });
    assert.equal((await world.runs('shop')).length, 1);
  });

  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );
  assert.deepEqual(google.bugs, []);
});
