import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testDatabase, testPostgres, testPostgres18 } from '../testing.ts';
import { createDemoData } from './createDemoData.ts';

const ordinary = `SELECT c.oid::regclass::text AS name FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition ORDER BY 1`;

/** What is in every table and materialized view: rows, and a hash of their text. */
async function contents(
  t: TestContext,
  uri: string,
): Promise<Record<string, { rows: number; hash: string }>> {
  const server = await testPostgres(t);
  const result: Record<string, { rows: number; hash: string }> = {};
  for (const { name } of await server.query<{ name: string }>(ordinary, uri)) {
    const [row] = await server.query<{ rows: number; hash: string }>(
      `SELECT count(*)::int AS rows, md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS hash FROM ONLY ${name} t`.replace(
        'FROM ONLY orders ',
        'FROM orders ',
      ),
      uri,
    );
    if (row) result[name] = row;
  }
  return result;
}

test('two databases with one seed are equal, and another seed gives another database', async (t) => {
  const made = [];
  for (const seed of [7, 7, 8]) {
    const uri = await testDatabase(t);
    await createDemoData(uri, { seed, rows: 3000 });
    made.push(await contents(t, uri));
  }
  assert.deepEqual(made[0], made[1]);
  assert.notDeepEqual(made[0], made[2]);
  assert.ok(made[0]);
  for (const [name, { rows }] of Object.entries(made[0])) assert.ok(rows > 0, `${name} is empty`);
});

test('by default there are about 300,000 rows', async (t) => {
  const uri = await testDatabase(t);
  await createDemoData(uri, { seed: 1 });
  const tables = await contents(t, uri);
  const total = Object.values(tables).reduce((sum, { rows }) => sum + rows, 0);
  assert.ok(total > 280_000 && total < 320_000, `${total} rows`);
});

test('partitions, the inheritance child, the trigger and the view all hold rows', async (t) => {
  const uri = await testDatabase(t);
  await createDemoData(uri, { seed: 1, rows: 5000 });
  const server = await testPostgres(t);
  for (const part of [
    'orders_2024',
    'orders_2025_h1',
    'orders_2025_h2',
    'orders_other',
    'turnover_by_month',
    'best_sellers',
  ]) {
    assert.notDeepEqual(await server.query(`SELECT 1 FROM ${part} LIMIT 1`, uri), [], part);
  }
  const [history] = await server.query(
    `SELECT (SELECT count(*) FROM price_history) - (SELECT count(*) FROM ONLY price_history) AS imported,
       (SELECT count(*) FROM price_history_imported) AS child`,
    uri,
  );
  assert.equal(history?.imported, history?.child);
  assert.ok(Number(history?.child) > 0);
});

test('every column of every_type holds NULL in one row and a value in another', async (t) => {
  const uri = await testDatabase(t);
  await createDemoData(uri, { seed: 1, rows: 1000 });
  const server = await testPostgres(t);
  const columns = await server.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'every_type'::regclass AND attnum > 1 AND NOT attisdropped`,
    uri,
  );
  assert.ok(columns.length > 45);
  for (const { name } of columns) {
    const [row] = await server.query(
      `SELECT count(${name})::int AS values, count(*) FILTER (WHERE ${name} IS NULL)::int AS nulls FROM every_type`,
      uri,
    );
    assert.ok(row?.values > 0 && row?.nulls > 0, `${name}: ${JSON.stringify(row)}`);
  }
});

test('it is made on PostgreSQL 18 too', async (t) => {
  const server = await testPostgres18(t);
  const uri = await server.createDatabase();
  t.after(() => server.dropDatabase(uri));
  await createDemoData(uri, { seed: 1, rows: 1000 });
  assert.notDeepEqual(
    await server.query('SELECT 1 FROM every_type WHERE a_bigint = 9007199254740993', uri),
    [],
  );
});
