import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testPostgres } from '../sandbox/testing.ts';
import { testBackup } from './testBackup.ts';
import { withPgDump } from './testCommand.ts';
import { type TestRestore, testRestore } from './testRestore.ts';

/** Databases of drills that are there now. All tests share the server, so only those of one owner count. */
async function scratchOf(t: TestContext, owner: string): Promise<string[]> {
  const { query } = await testPostgres(t);
  const rows = await query(
    'SELECT datname AS name FROM pg_database WHERE datname LIKE $$dbbackup\\_drill\\_%$$',
  );
  return rows.map(({ name }) => String(name)).filter((name) => name.startsWith(`dbbackup_drill_${owner}`));
}

/** A backup of an owner of its own, with its drill. */
async function world(t: TestContext, spec: Record<string, unknown>, sql?: string) {
  const made = await testRestore(t, spec, sql);
  const { uri: server } = await testPostgres(t);
  const drill = (args: string[] = [], options: Parameters<TestRestore['restore']>[1] = {}) =>
    made.command(['drill', '--to', server, ...args], options);
  return { ...made, server, drill };
}

const shop = `
CREATE TABLE orders (id int PRIMARY KEY, total numeric, twice numeric GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO orders SELECT n, n / 4.0 FROM generate_series(1, 250) n;
CREATE TABLE empty (id int); CREATE MATERIALIZED VIEW sums AS SELECT sum(total) FROM orders;`;

const assertions = [
  { name: 'there are orders', query: 'SELECT count(*) > 100 FROM orders' },
  { query: 'SELECT count(*) FROM orders', expect: 250 },
  { query: 'SELECT total::numeric(12, 2) FROM orders WHERE id = 4', expect: '1.00' },
  { query: "SELECT current_setting('transaction_read_only')", expect: 'on' },
];

test('a drill restores the newest set with every type, compares it, and leaves nothing behind', async (t) => {
  if (!withPgDump(t)) return;
  const drilled = await world(t, { formats: ['csv', 'sql'] });
  const owner = (await drilled.command(['list', '-o', 'json'])).stdout;
  const { status, stdout, stderr } = await drilled.drill(['-o', 'json']);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const report = JSON.parse(stdout);
  assert.deepEqual(
    [report.kind, report.result, report.set, report.format, report.tables],
    ['DrillReport', 'Succeeded', drilled.set, 'sql', 14],
  );
  assert.ok(report.comparedTables >= 12, owner);
  assert.ok(report.rows > 3000 && report.bytes > 0 && report.recoverySeconds > 0);
  assert.deepEqual(
    report.stages.map(({ name }: { name: string }) => name),
    ['folder', 'create', 'restore', 'compare', 'assertions', 'drop'],
  );
  const { database } = /\/(?<database>dbbackup_drill_\w+)$/.exec(report.target)?.groups ?? {};
  const { query } = await testPostgres(t);
  assert.deepEqual(await query(`SELECT FROM pg_database WHERE datname = '${database}'`), []);
});

test('assertions that hold are counted, and one that does not fails the drill without its value', async (t) => {
  if (!withPgDump(t)) return;
  const drilled = await world(t, { formats: ['csv'] }, shop);
  const target = { secretRef: { name: 'shop-db' } };
  await drilled.write({ drill: { target, assertions } });
  const good = await drilled.drill();
  assert.equal(good.status, 0, `${good.stdout}${good.stderr}`);
  assert.match(
    good.stdout,
    /^✓ shop\/shop: \S+ can be restored in \d.*: 3 tables, 251 rows from \S+ \S+ of csv; contents of 2 tables compared, 4 assertions held$/m,
  );

  const canary = [
    { name: 'secret', query: "SELECT 'canary-4711' FROM orders LIMIT 1" },
    { query: 'SELECT total / 0 FROM orders' },
    { query: 'SELECT 1; SELECT 2', expect: 1 },
    { query: 'DELETE FROM orders RETURNING true' },
    { query: 'SELECT true FROM empty' },
    { query: 'SELECT true' },
  ];
  await drilled.write({ drill: { target, assertions: canary } });
  const bad = await drilled.drill();
  assert.equal(bad.status, 2);
  assert.match(bad.stdout, /AssertionFailed/);
  assert.match(
    bad.stdout,
    /Of 6 assertions 5 do not hold: secret, 2 \(SQLSTATE 22012\), 3 \(SQLSTATE 42601\), 4 \(SQLSTATE 25006\), 5\./,
  );
  assert.doesNotMatch(`${bad.stdout}${bad.stderr}`, /canary-4711/);
  // Without --to it goes where spec.drill says.
  const own = await drilled.command(['drill', '-o', 'json']);
  assert.equal(JSON.parse(own.stdout).reason, 'AssertionFailed', own.stderr);
});

test('without a good set there is nothing to restore, and the newest good one is taken', async (t) => {
  const backup = await testBackup(t);
  const { uri } = await testPostgres(t);
  const drill = () => backup.command(['drill', '--to', uri, '-o', 'json']);
  const none = await drill();
  assert.deepEqual([none.status, JSON.parse(none.stdout).reason], [2, 'NoGoodSet'], none.stderr);
  await backup.write({ formats: ['csv'] });
  const first = await backup.run();
  const second = await backup.run();
  for (const name of await readdir(backup.folder)) {
    if (name.startsWith(`${second}.csv`)) await rm(join(backup.folder, name));
  }
  // A set without its definitions cannot be restored as a whole, which a drill is there to find out.
  const without = JSON.parse((await drill()).stdout);
  assert.deepEqual([without.reason, without.set], ['InvalidSpec', first]);
  await backup.write();
  const nowhere = await backup.command(['drill']);
  assert.match(nowhere.stderr, /Name a server for the scratch database: --to/);
});

test('what a killed drill left is dropped, what is in use or of somebody else is not', async (t) => {
  if (!withPgDump(t)) return;
  const drilled = await world(t, { formats: ['csv'] }, shop);
  await drilled.write({}, { uid: 'c0ffee42-1111' });
  const run = await drilled.command(['run'], { env: { DBBACKUP_PG_DUMP: 'pg_dump' } });
  assert.equal(run.status, 0, run.stderr);
  const { query } = await testPostgres(t);
  const names = ['killed', 'foreign', 'busy'].map((end) => `dbbackup_drill_c0ffee42_${end}`);
  for (const name of names) {
    await query(`CREATE DATABASE ${name}`);
    t.after(() => query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    if (name.endsWith('foreign')) continue;
    await query(`COMMENT ON DATABASE ${name} IS 'dbbackup drill of shop/shop, dropped at its end'`);
  }
  // As the session of a drill that goes on.
  const busy = query(`SELECT pg_advisory_lock(${0x6462626b}, hashtext('${names[2]}')), pg_sleep(8)`);
  await query('SELECT pg_sleep(0.5)');
  const { status, stdout, stderr } = await drilled.drill();
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(
    stdout,
    /^⚠ Dropped dbbackup_drill_c0ffee42_killed, which an earlier drill had left behind\.$/m,
  );
  assert.deepEqual((await scratchOf(t, 'c0ffee42')).sort(), [names[2], names[1]].sort());
  await busy;
});

test('a role that the server lacks is named, and made where that is wanted', async (t) => {
  if (!withPgDump(t)) return;
  const { query } = await testPostgres(t);
  const role = `drill_owner_${process.pid}`;
  await query(`CREATE ROLE ${role}`);
  const drilled = await world(t, { formats: ['sql'] }, `${shop} ALTER TABLE orders OWNER TO ${role};`);
  t.after(() => query(`DROP ROLE IF EXISTS ${role}`));
  await query('ALTER TABLE orders OWNER TO CURRENT_USER', drilled.uri);
  await query(`DROP ROLE ${role}`);
  const missing = await drilled.drill(['-o', 'json']);
  assert.deepEqual([missing.status, JSON.parse(missing.stdout).reason], [2, 'RoleMissing'], missing.stderr);
  const made = await drilled.drill(['-o', 'json', '--create-roles']);
  const report = JSON.parse(made.stdout);
  assert.deepEqual([made.status, report.comparedTables], [0, 0], made.stderr);
  assert.match(report.notes.join(), /has no checksums: rows were counted/);
});
