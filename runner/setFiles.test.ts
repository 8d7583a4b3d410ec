import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runWorld } from '../sandbox/runWorld.ts';
import { requireProgram, testDatabase } from '../sandbox/testing.ts';
import { readSet, restoredSQL } from './setFixture.ts';

test('the SQL defines excluded tables and holds no row of them', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const psql = requireProgram(t, 'psql', 'apt-get install postgresql-client');
  if (!psql) return;
  const uri = await testDatabase(
    t,
    `CREATE TABLE wanted AS SELECT 'wanted row' v; CREATE TABLE "left out" AS SELECT 'unwanted row' v;
     CREATE TABLE parts (i int, v text) PARTITION BY LIST (i); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
     INSERT INTO parts VALUES (1, 'unwanted row'); CREATE SCHEMA other; CREATE TABLE other.wanted AS SELECT 'unwanted row' v;
     CREATE MATERIALIZED VIEW seen AS SELECT v || 'x' FROM "left out"`,
  );
  const world = await runWorld(t, { uri });
  const tables = { include: ['public.*'], exclude: ['public.left*', 'public.parts', 'public.seen'] };
  const report = await world.run(
    world.backup({
      formats: ['csv', 'xlsx', 'json', 'sql'],
      database: { secretRef: { name: 'db' }, tables },
    }),
  );
  const set = await readSet(world, report.set);
  assert.deepEqual(
    set.manifest.tables.map(({ title, rows }) => [title, rows]),
    [['wanted', 1]],
  );
  const sql = String(set.file('sql').content);
  assert.match(sql, /^wanted row$/m);
  assert.doesNotMatch(sql, /unwanted row/);
  assert.equal(String(set.file('csv').content), 'v\nwanted row\n');
  const client = await restoredSQL(t, psql, set.file('sql').content);
  for (const table of ['public."left out"', 'public.parts', 'public.parts_1', 'other.wanted'])
    assert.deepEqual((await client.query(`SELECT * FROM ${table}`)).rows, []);
});

test('names have the prefix, the zone of the spec, and a number where a name is taken', async (t) => {
  const uri = await testDatabase(t, 'CREATE TABLE a AS SELECT 1 AS b');
  const world = await runWorld(t, { uri });
  world.environment.DBBACKUP_PG_DUMP = '/nowhere/pg_dump';
  const both = { fileNamePrefix: 'shop.eu-1', timeZone: 'Pacific/Kiritimati', formats: ['csv' as const] };
  const sets = new Set<string>();
  while (![...sets].some((set) => set.endsWith('-2'))) {
    const report = await world.run(world.backup(both));
    assert.ok(report.set !== undefined && report.snapshotTime !== undefined, report.message ?? '');
    const local = new Date(Date.parse(report.snapshotTime) + 14 * 3_600_000).toISOString();
    const stamp = local.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
    assert.match(report.set, new RegExp(`^shop\\.eu-1_${stamp}(-\\d+)?$`));
    assert.ok(!sets.has(report.set), 'a name was used twice');
    sets.add(report.set);
    await readSet(world, report.set);
  }
  assert.equal(world.names().length, 2 * sets.size);
  assert.equal(new Set(world.names()).size, 2 * sets.size);
});
