import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { sheetsSpec } from '../../crds/sheetSpec.ts';
import { testDatabase, testPostgres, testPostgres18 } from '../../sandbox/testing.ts';
import { connectedClient } from '../exporters/rowTesting.ts';
import { sheetColumns } from './sheetRow.ts';
import { SheetRows } from './sheetRows.ts';
import { openSheetsSnapshot, readSheet } from './sheetsSnapshot.ts';

const never = new AbortController().signal;
const sql = `
CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz, note text);
INSERT INTO orders SELECT n, '2026-02-10 02:00Z', 'note ' || n FROM generate_series(1, 10) n;
CREATE SEQUENCE numbers;
ANALYZE`;

/** A database with orders, and what queries, each a sheet of its own, give from one snapshot. */
async function world(t: TestContext) {
  const uri = await testDatabase(t, sql);
  const server = await testPostgres(t);
  const client = await connectedClient(t, uri);
  const query = async (text: string) => (await server.query(text, uri)) as unknown;
  const open = (queries: readonly string[], onTaken?: () => Promise<void>) =>
    openSheetsSnapshot(
      client,
      {
        sheets: sheetsSpec.parse(queries.map((text, index) => ({ name: `sheet ${index + 1}`, query: text }))),
        ...{ serverVersion: 150000, timeoutSeconds: 60 },
        ...(onTaken && { onTaken }),
      },
      never,
    );
  const read = async (queries: readonly string[], onTaken?: () => Promise<void>) => {
    const { sources } = await open(queries, onTaken);
    const all: unknown[] = [];
    for (const source of sources) all.push(await rowsOf(client, source));
    await client.query('ROLLBACK');
    return all;
  };
  const failing = async (reason: string, text: string) => {
    const before = await client.query('SELECT count(*) FROM orders');
    const error = await read([text]).then(
      () => assert.fail(`nothing failed: ${text}`),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.reason, reason, error.message);
    await client.query('ROLLBACK');
    assert.deepEqual((await client.query('SELECT count(*) FROM orders')).rows, before.rows);
    return error.message;
  };
  return { uri, client, query, open, read, failing };
}

async function rowsOf(
  client: pg.Client,
  source: Awaited<ReturnType<typeof openSheetsSnapshot>>['sources'][number],
) {
  const texts: string[] = [];
  const exporter = new SheetRows({
    columns: sheetColumns(source.columns, source.picks, { numbers: 'Text' }),
    header: true,
    async send({ bytes }) {
      texts.push(bytes.toString());
    },
  });
  await readSheet(client, source, exporter, never);
  return JSON.parse(`[${texts.join(',')}]`) as unknown;
}

test('what follows a first statement never runs', async (t) => {
  const { failing } = await world(t);
  const message = await failing(
    'InvalidQuery',
    "SELECT 1; COMMIT; INSERT INTO orders VALUES (99, now(), 'x')",
  );
  assert.match(message, /sheet 1: PostgreSQL does not take the query: cannot insert multiple commands/);
});

test('a query that writes is refused, however it is hidden', async (t) => {
  const { failing, client, uri, query } = await world(t);
  await query(
    'CREATE FUNCTION adds() RETURNS int LANGUAGE sql AS $$ INSERT INTO orders VALUES (98) RETURNING 1 $$',
  );
  for (const text of [
    'WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone',
    'INSERT INTO orders VALUES (97) RETURNING id',
    "SELECT nextval('numbers')",
    'SELECT adds()',
    'SELECT * FROM orders FOR UPDATE',
  ]) {
    assert.match(await failing('InvalidQuery', text), /would change something \(SQLSTATE 25006\)/, text);
  }
  assert.ok(uri);
  assert.deepEqual((await client.query('SELECT is_called FROM numbers')).rows, [{ is_called: false }]);
});

test('a query cannot make the transaction writable, and what it sets is gone before the next sheet', async (t) => {
  const { failing, read } = await world(t);
  await failing('InvalidQuery', "SELECT set_config('transaction_read_only', 'off', false)");
  const zone = "SELECT set_config('TimeZone', 'Asia/Tokyo', false), set_config('DateStyle', 'German', true)";
  assert.deepEqual(await read([zone, 'SELECT at FROM orders WHERE id = 1']), [
    [
      ['set_config', 'set_config'],
      ['Asia/Tokyo', 'German, DMY'],
    ],
    [['at'], ['2026-02-10 02:00:00+00']],
  ]);
});

test('a command, a query without columns and one with a parameter are refused by name', async (t) => {
  const { failing } = await world(t);
  assert.match(await failing('InvalidQuery', 'VACUUM orders'), /returns no columns: write one SELECT/);
  assert.match(await failing('InvalidQuery', 'SELECT FROM orders'), /returns no columns/);
  assert.match(await failing('InvalidQuery', '-- nothing'), /returns no columns/);
  assert.match(await failing('InvalidQuery', 'SHOW TimeZone'), /SQLSTATE 42601/);
  await failing('InvalidQuery', 'SELECT * FROM orders WHERE id = $1');
});

test('an error in a query is told with the words of the server and its place', async (t) => {
  const { failing } = await world(t);
  const message = await failing('InvalidQuery', "SELECT id, 'Äpfel',\n  nmae FROM orders");
  assert.match(message, /column "nmae" does not exist, at line 2, column 3 \(SQLSTATE 42703\)/);
  assert.match(await failing('InvalidQuery', 'SELECT * FROM odrers'), /relation "odrers" does not exist/);
});

test('an error that comes while the query runs quotes no row', async (t) => {
  const { failing } = await world(t);
  const message = await failing('InvalidQuery', 'SELECT note::int FROM orders');
  assert.equal(message, 'Sheet sheet 1: PostgreSQL refused the query while it ran: SQLSTATE 22P02.');
});

test('a query that takes too long is ended by its own limit', async (t) => {
  const { client } = await world(t);
  const sheets = sheetsSpec.parse([{ name: 'slow', query: 'SELECT pg_sleep(600)' }]);
  const { sources } = await openSheetsSnapshot(
    client,
    { sheets, serverVersion: 150000, timeoutSeconds: 1 },
    never,
  );
  const [source] = sources;
  assert.ok(source);
  await assert.rejects(rowsOf(client, source), { reason: 'DeadlineExceeded' });
});

test('a table that is emptied right after the snapshot is read as it is then, and not as empty', async (t) => {
  const { read, query } = await world(t);
  let times = 0;
  const refill = async () => {
    if (times++ > 0) return;
    await query("TRUNCATE orders; INSERT INTO orders VALUES (1, '2026-03-01Z', 'new')");
  };
  assert.deepEqual(await read(['SELECT note FROM orders'], refill), [[['note'], ['new']]]);
  assert.equal(times, 2);
});

test('a partition that is emptied right after the snapshot is noticed, too', async (t) => {
  const { read, query } = await world(t);
  await query(`CREATE TABLE parts (id int, note text) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
    INSERT INTO parts VALUES (1, 'one'), (11, 'eleven')`);
  let times = 0;
  const empty = async () => {
    if (times++ === 0) await query('TRUNCATE parts_2');
  };
  assert.deepEqual(await read(['SELECT note FROM parts ORDER BY id'], empty), [[['note'], ['one']]]);
  assert.equal(times, 2);
});

test('what is committed between two sheets is in neither', async (t) => {
  const { client, open, query } = await world(t);
  const { sources } = await open(['SELECT count(*) FROM orders', 'SELECT max(id) FROM orders']);
  await query("INSERT INTO orders VALUES (11, now(), 'late')");
  const all: unknown[] = [];
  for (const source of sources) all.push(await rowsOf(client, source));
  assert.deepEqual(all, [
    [['count'], ['10']],
    [['max'], ['10']],
  ]);
});

test('the newest PostgreSQL takes the same statements', async (t) => {
  const server = await testPostgres18(t);
  const uri = await server.createDatabase();
  t.after(() => server.dropDatabase(uri));
  await server.query(sql, uri);
  const client = await connectedClient(t, uri);
  const sheets = sheetsSpec.parse([
    { name: 'query', query: 'SELECT id, note FROM orders WHERE id < 3' },
    { name: 'table', table: 'public.orders', columns: ['note'], maxRows: 1 },
  ]);
  const options = { sheets, serverVersion: 180000, timeoutSeconds: 60 };
  const { sources } = await openSheetsSnapshot(client, options, never);
  const all: unknown[] = [];
  for (const source of sources) all.push(await rowsOf(client, source));
  assert.deepEqual(all[0], [
    ['id', 'note'],
    ['1', 'note 1'],
    ['2', 'note 2'],
  ]);
  // One more than maxRows is read, which tells that there are more.
  assert.deepEqual(all[1], [['note'], ['note 1'], ['note 2']]);
});
