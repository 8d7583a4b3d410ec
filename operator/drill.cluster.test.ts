import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { requireProgram, testPostgres } from '../sandbox/testing.ts';
import { type OperatorWorld, operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { LastDrill } from './reconcile/drillResult.ts';

const shop = `
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric);
INSERT INTO customers SELECT n, 'Ann ' || n FROM generate_series(1, 250) n;
INSERT INTO orders SELECT n, n, n / 4.0 FROM generate_series(1, 250) n;
`;

/** A world whose scratch databases lie on the server of the source; undefined: skipped. */
async function drillWorld(t: TestContext): Promise<OperatorWorld | undefined> {
  const cluster = await testCluster(t);
  if (!cluster || !requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return undefined;
  const world = await operatorWorld(t, cluster, shop);
  const { uri } = await testPostgres(t);
  await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'scratch' }, stringData: { uri } });
  return world;
}

const target = { secretRef: { name: 'scratch' } };
type DrillInput = Omit<NonNullable<BackupSpecInput['drill']>, 'target'>;

/** Applies a backup with a drill, and makes its first set. */
const backedUp = (world: OperatorWorld, name: string, drill: DrillInput) =>
  world.backUp(name, { formats: ['csv'], drill: { target, ...drill } });

/** Waits until the last drill of a backup fits, and its condition says the same. */
async function drilled(
  world: OperatorWorld,
  name: string,
  fits: (drill: LastDrill) => void,
): Promise<LastDrill> {
  return world.until(async () => {
    const { status } = await world.backup(name);
    const last = status?.lastDrill;
    assert.ok(last, JSON.stringify(status));
    fits(last);
    const condition = conditionOf(status?.conditions, 'DrillSucceeded');
    assert.equal(condition?.status, last.result === 'Succeeded' ? 'True' : 'False', condition?.message ?? '');
    return last;
  });
}

const ask = (world: OperatorWorld, name: string, value: string) =>
  world.kubectl('annotate', '--overwrite', 'databasebackup', name, `dbbackup.dev/drill-now=${value}`);

async function scratchDatabases(t: TestContext, uid = ''): Promise<unknown[]> {
  const { query } = await testPostgres(t);
  const owner = uid.replaceAll('-', '').slice(0, 8);
  return query(`SELECT datname FROM pg_database WHERE datname LIKE 'dbbackup\\_drill\\_${owner}\\_%'`);
}

test('a drill is asked for, told in status, metrics, events and one mail, and leaves nothing', async (t) => {
  const world = await drillWorld(t);
  if (!world) return;
  const { kubectl, mailbox } = world;
  const operator = await startOperator(t, world.cluster, world.namespace);
  const assertions = [{ name: 'all orders', query: 'SELECT count(*) FROM orders', expect: 250 }];
  const set = await backedUp(world, 'shop', { assertions });
  const { metadata } = await world.backup('shop');
  const jobs = async () =>
    (await kubectl('get', 'job', '-l', 'dbbackup.dev/purpose=drill', '-o', 'name'))
      .split('\n')
      .filter(Boolean);

  await t.test('nothing is drilled before somebody asks, or a schedule does', async () => {
    const { status } = await world.backup('shop');
    assert.deepEqual([status?.lastDrill, await jobs()], [undefined, []]);
    assert.equal(conditionOf(status?.conditions, 'DrillSucceeded')?.reason, 'NoDrillYet');
  });

  await t.test('one that succeeds', async () => {
    await ask(world, 'shop', 'first');
    const last = await drilled(world, 'shop', ({ drillNow }) => assert.equal(drillNow, 'first'));
    assert.deepEqual(
      [last.result, last.set, last.rows, last.tables, last.comparedTables],
      ['Succeeded', set, 500, 2, 2],
    );
    assert.ok((last.recoverySeconds ?? 0) > 0);
    assert.match(last.recoveryTime ?? '', /^\d+s$/);
    assert.deepEqual(await scratchDatabases(t, metadata.uid), []);
    assert.match(await kubectl('get', 'dbb', 'shop', '-o', 'wide'), /Succeeded +\d+s/);
    const events = await world.events('shop');
    assert.ok(
      events.some((event) => /^Normal DrillSucceeded.* restored .* and compared it/.test(event)),
      events.join('\n'),
    );
    const { text } = await operator.page('/metrics');
    assert.match(text, /^dbbackup_last_drill_succeeded\{[^}]*name="shop"\} 1$/m);
    assert.match(text, /^dbbackup_recovery_time_seconds\{[^}]*name="shop"\} \d/m);
  });

  await t.test('one that fails is one mail and one Job, and tells no value', async () => {
    const before = mailbox.messages().length;
    const wrong = [{ name: 'newest', query: "SELECT 'canary-' || 4711" }];
    await world.applyBackup('shop', { retries: 2, formats: ['csv'], drill: { target, assertions: wrong } });
    await ask(world, 'shop', 'second');
    const last = await drilled(world, 'shop', ({ drillNow }) => assert.equal(drillNow, 'second'));
    assert.deepEqual([last.result, last.reason, last.set], ['Failed', 'AssertionFailed', set]);
    assert.equal(last.message, 'Of 1 assertion one does not hold: newest.');
    assert.match(last.hint ?? '', /dbbackup restore --create/);
    assert.equal((await jobs()).length, 2);
    const mail = await world.until(async () => {
      const mails = mailbox.messages().slice(before);
      assert.equal(mails.length, 1);
      return mails[0];
    });
    assert.match(mail?.subject ?? '', /shop: restore drill failed \(AssertionFailed\)$/);
    assert.match(mail?.text ?? '', new RegExp(`${set}: Of 1 assertion one does not hold: newest\\.`));
    const { status } = await world.backup('shop');
    assert.ok(status?.lastDrillSuccessTime);
    const said = [
      JSON.stringify(status),
      mail?.raw,
      JSON.stringify(operator.lines),
      ...(await world.events('shop')),
    ];
    assert.doesNotMatch(said.join('\n'), /canary-4711/);
    assert.match(
      (await operator.page('/metrics')).text,
      /^dbbackup_last_drill_succeeded\{[^}]*name="shop"\} 0$/m,
    );
    assert.deepEqual(await scratchDatabases(t, metadata.uid), []);
  });

  await t.test('a server whose Secret is missing', async () => {
    const missing = { drill: { target: { secretRef: { name: 'nowhere' } } } };
    await world.applyBackup('shop', { retries: 0, formats: ['csv'], ...missing });
    await ask(world, 'shop', 'third');
    const last = await drilled(world, 'shop', ({ drillNow }) => assert.equal(drillNow, 'third'));
    assert.deepEqual([last.result, last.reason], ['Failed', 'SecretNotFound']);
    assert.match(last.message ?? '', /Secret nowhere does not exist/);
  });

  await t.test('one whose Job is deleted has failed, leaves nothing and is not begun anew', async () => {
    const slow = { drill: { target, assertions: [{ query: 'SELECT pg_sleep(300)' }] } };
    await world.applyBackup('shop', { retries: 0, formats: ['csv'], ...slow });
    await ask(world, 'shop', 'fourth');
    await world.until(async () => assert.equal((await scratchDatabases(t, metadata.uid)).length, 1));
    const { status } = await world.backup('shop');
    assert.equal(status?.activeDrill?.drillNow, 'fourth');
    await kubectl('delete', 'job', status?.activeDrill?.job ?? '');
    const last = await drilled(world, 'shop', ({ drillNow }) => assert.equal(drillNow, 'fourth'));
    assert.deepEqual([last.result, last.reason], ['Failed', 'JobDeleted']);
    await world.until(async () => assert.deepEqual(await scratchDatabases(t, metadata.uid), []));
    assert.equal((await world.backup('shop')).status?.activeDrill, undefined);
    assert.equal((await jobs()).length, 3);
  });

  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );
});

test('a scheduled drill comes at its time, and one whose time passed while no operator ran is made up for', async (t) => {
  const world = await drillWorld(t);
  if (!world) return;
  const first = await startOperator(t, world.cluster, world.namespace, { identity: 'first' });
  await backedUp(world, 'shop', { schedule: '@every 15s' });
  const one = await drilled(world, 'shop', ({ result }) => assert.equal(result, 'Succeeded'));
  assert.ok(one.scheduleTime);
  await first.stop();
  const { status } = await world.backup('shop');
  const due = status?.drillSchedule?.next ?? '';
  assert.ok(due > one.scheduleTime, due);
  await world.until(async () => assert.ok(Date.now() > Date.parse(due) + 1000));
  await startOperator(t, world.cluster, world.namespace, { identity: 'second' });
  const two = await drilled(world, 'shop', ({ scheduleTime = '' }) => assert.ok(scheduleTime >= due));
  assert.equal(two.result, 'Succeeded');
  // Of each time there is one Job at most.
  const { items } = JSON.parse(
    await world.kubectl('get', 'job', '-l', 'dbbackup.dev/purpose=drill', '-o', 'json'),
  ) as { items: { metadata: { annotations: Record<string, string> } }[] };
  const times = items.map(({ metadata }) => metadata.annotations['dbbackup.dev/drill-time']);
  assert.equal(new Set(times).size, times.length, times.join());
  assert.ok(times.includes(due));
});
