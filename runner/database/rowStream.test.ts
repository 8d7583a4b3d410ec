import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type pg from 'pg';
import { startPostgres } from '../../sandbox/postgres/startPostgres.ts';
import { eventually, testDatabase } from '../../sandbox/testing.ts';
import { csvExporter, csvZipExporter } from '../exporters/csv.ts';
import type { ByteSink, RowExporter } from '../exporters/exporter.ts';
import { CollectingSink, column, connectedClient, exportedTable, unzipped } from '../exporters/rowTesting.ts';
import { streamRows, streamTables } from './rowStream.ts';

const never = new AbortController().signal;
const wide = exportedTable('t', [column('a'), column('b')]);
/** Set-returning in the select list: the server sends as it counts, and would for hours. */
const endless = "SELECT generate_series(1, 1000000000), repeat('x', 1000)";
const manyRows = "SELECT g, repeat('x', 1000) FROM generate_series(1, 100000) g";

async function database(t: TestContext): Promise<pg.Client> {
  return connectedClient(t, await testDatabase(t));
}

async function csvOf(sink: ByteSink, table = wide): Promise<RowExporter> {
  const exporter = csvExporter(sink, 'None');
  await exporter.beginTable(table);
  return exporter;
}

test('rows reach every exporter, and the client can be used afterwards', async (t) => {
  const client = await database(t);
  const sinks = [new CollectingSink(), new CollectingSink()];
  const exporters = await Promise.all(sinks.map((sink) => csvOf(sink)));
  const before = client.query('SELECT 1 AS one');
  const result = await streamRows(client, "VALUES (1, 'a'), (2, NULL)", 2, exporters, never);
  assert.equal(result.rows, 2);
  assert.equal(result.bytes, 2 * 7 + 3 * 5 + 4);
  assert.deepEqual((await before).rows, [{ one: 1 }]);
  assert.deepEqual((await client.query('SELECT 2 AS two')).rows, [{ two: 2 }]);
  await streamRows(client, "VALUES (3, 'c')", 2, exporters, never);
  for (const exporter of exporters) {
    await exporter.endTable();
    await exporter.end();
  }
  assert.deepEqual(
    sinks.map(({ text }) => text),
    Array(2).fill('a,b\n1,a\n2,\n3,c\n'),
  );
});

test('notices between the rows go to the client', async (t) => {
  const client = await database(t);
  await client.query(`CREATE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE 'row %', i; RETURN i; END $$`);
  const notices: (string | undefined)[] = [];
  client.on('notice', ({ message }) => notices.push(message));
  const sink = new CollectingSink();
  const exporter = await csvOf(sink, exportedTable('t', [column('a')]));
  await streamRows(client, 'SELECT noisy(g) FROM generate_series(1, 3) g', 1, [exporter], never);
  await exporter.endTable();
  await exporter.end();
  assert.deepEqual(notices, ['row 1', 'row 2', 'row 3']);
  assert.equal(sink.text, 'a\n1\n2\n3\n');
});

test('an error of the server has its SQLSTATE and leaves the client usable', async (t) => {
  const client = await database(t);
  const exporter = await csvOf(new CollectingSink());
  const failing = 'SELECT g, 1 / (5000 - g) FROM generate_series(1, 10000) g';
  await assert.rejects(streamRows(client, failing, 2, [exporter], never), {
    code: '22012',
    severity: 'ERROR',
  });
  await assert.rejects(streamRows(client, 'SELECT nothing', 2, [exporter], never), { code: '42703' });
  assert.deepEqual((await client.query('SELECT 2 AS two')).rows, [{ two: 2 }]);
});

test('another number of fields than the exporters expect is an error', async (t) => {
  const client = await database(t);
  const exporter = await csvOf(new CollectingSink());
  await assert.rejects(streamRows(client, 'SELECT 1, 2, 3', 2, [exporter], never), /3 fields instead of/);
});

test('a server that is killed while it sends is an error, not the end of the rows', async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const client = await connectedClient(t, server.uri);
  let chunks = 0;
  const exporter = await csvOf({
    async write() {
      chunks++;
      if (chunks === 3) await server.kill();
    },
  });
  await assert.rejects(
    streamRows(client, manyRows, 2, [exporter], never),
    /^Error: Connection terminated while rows were being read$/,
  );
  assert.ok(chunks >= 3);
});

test('a backend that is terminated while it sends tells why', async (t) => {
  const uri = await testDatabase(t);
  const client = await connectedClient(t, uri);
  const other = await connectedClient(t, uri);
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const exporter = await csvOf(new CollectingSink());
  const streaming = streamRows(client, 'SELECT 1, pg_sleep(600)', 2, [exporter], never);
  // Looked at from the start: it may fail before the other connection has its answer.
  const told = assert.rejects(streaming, { code: '57P01' });
  await eventually(async () => {
    const { rows: ended } = await other.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
      [rows[0].pid],
    );
    assert.equal(ended.length, 1);
  });
  await told;
});

test('a connection that was lost before is an error at once', async (t) => {
  const client = await database(t);
  await client.end();
  await assert.rejects(streamRows(client, 'SELECT 1, 2', 2, [await csvOf(new CollectingSink())], never));
});

test('a failing sink stops the stream at once', async (t) => {
  const client = await database(t);
  const full = new Error('no space left');
  const exporter = await csvOf({ write: () => Promise.reject(full) });
  await assert.rejects(streamRows(client, endless, 2, [exporter], never), full);
});

test('an abort ends the stream at once, while rows flow, while none come, and while a sink waits', async (t) => {
  const uri = await testDatabase(t);
  const stuck: ByteSink = { write: () => new Promise(() => {}) };
  for (const [sql, sink] of [
    [endless, new CollectingSink()],
    ['SELECT 1, pg_sleep(600)', new CollectingSink()],
    [endless, stuck],
  ] as const) {
    const client = await connectedClient(t, uri);
    const abort = new AbortController();
    const exporter = await csvOf(sink);
    const streaming = streamRows(client, sql, 2, [exporter], abort.signal);
    const reason = new Error('stop');
    setImmediate(() => setImmediate(() => abort.abort(reason)));
    await assert.rejects(streaming, reason);
    await assert.rejects(streamRows(client, sql, 2, [exporter], abort.signal), reason);
  }
});

test('while a sink waits the socket is paused, and memory holds a few chunks', async (t) => {
  const client = await database(t);
  const release = Promise.withResolvers<void>();
  let bytes = 0;
  const exporter = await csvOf({
    async write(chunk) {
      await release.promise;
      bytes += chunk.length;
    },
  });
  const { stream } = (
    client as unknown as { connection: { stream: { isPaused(): boolean; bytesRead: number } } }
  ).connection;
  const streaming = streamRows(client, manyRows, 2, [exporter], never);
  await eventually(() => assert.ok(stream.isPaused()));
  const read = stream.bytesRead;
  assert.ok(read < 12 * 1024 * 1024, `${read} bytes were read`);
  assert.ok(exporter.outstanding >= 4);
  release.resolve();
  await streaming;
  await exporter.endTable();
  await exporter.end();
  assert.equal(bytes, 'a,b\n'.length + 100_000 * 1002 + 488_895);
  assert.ok(stream.bytesRead > 100_000_000);
});

test('a field of a hundred megabytes arrives whole', async (t) => {
  const client = await database(t);
  const size = 100_000_000;
  let last = 0;
  let bytes = 0;
  const exporter = await csvOf({
    async write(chunk) {
      bytes += chunk.length;
      last = chunk.at(-1) ?? 0;
    },
  });
  await streamRows(client, `SELECT 'a', repeat('0123456789', ${size / 10})`, 2, [exporter], never);
  await exporter.endTable();
  await exporter.end();
  assert.equal(bytes, 'a,b\na,\n'.length + size);
  assert.equal(last, 0x0a);
});

test('rows come over TLS as well', async (t) => {
  const server = await startPostgres({ tls: {} });
  t.after(() => server.stop());
  const ca = await readFile(server.caFile as string, 'utf8');
  const client = await connectedClient(t, { connectionString: server.uri, ssl: { ca } });
  const sink = new CollectingSink();
  const exporter = await csvOf(sink);
  const { rows } = await streamRows(client, manyRows, 2, [exporter], never);
  await exporter.endTable();
  await exporter.end();
  assert.equal(rows, 100_000);
  assert.equal(sink.bytes.length, 'a,b\n'.length + 100_000 * 1002 + 488_895);
  const { rows: encrypted } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  assert.deepEqual(encrypted, [{ ssl: true }]);
});

function select(name: string, sql: string) {
  return { table: exportedTable(name, [column('a'), column('b')]), sql, fields: 2 };
}

test('hundreds of tables of all sizes come in one go, each with its own rows and count', async (t) => {
  const client = await database(t);
  const sizes = Array.from({ length: 300 }, (_, index) => (index % 100 === 50 ? 20_000 : index % 4));
  const selects = sizes.map((size, index) =>
    select(`t${index}`, `SELECT ${index}, repeat('x', 100) FROM generate_series(1, ${size}) g`),
  );
  const sink = new CollectingSink();
  const exporter = csvZipExporter(sink, new Date(0));
  const log: string[] = [];
  const counts = await streamTables(client, selects, [exporter], never, {
    begins: ({ name }) => log.push(`${name} begins`),
    ended: ({ name }, { rows }) => log.push(`${name} had ${rows}`),
  });
  assert.deepEqual((await client.query('SELECT 2 AS two')).rows, [{ two: 2 }]);
  await exporter.end();
  assert.deepEqual(
    counts.map(({ rows }) => rows),
    sizes,
  );
  assert.deepEqual(
    log,
    sizes.flatMap((size, index) => [`t${index} begins`, `t${index} had ${size}`]),
  );
  const files = unzipped(sink.bytes);
  sizes.forEach((size, index) => {
    const line = `${index},${'x'.repeat(100)}\n`;
    assert.ok(files.get(`t${index}.csv`)?.equals(Buffer.from(`a,b\n${line.repeat(size)}`)), `t${index}`);
  });
});

test('an error in one of many tables is that error, and the client can be used afterwards', async (t) => {
  const client = await database(t);
  const selects = Array.from({ length: 100 }, (_, index) =>
    select(`t${index}`, index === 30 ? 'SELECT 1, 1 / 0' : "SELECT g, 'x' FROM generate_series(1, 5) g"),
  );
  for (const transaction of [false, true]) {
    if (transaction) await client.query('BEGIN');
    const begun: string[] = [];
    const exporter = csvZipExporter(new CollectingSink(), new Date(0));
    const progress = { begins: ({ name }: { name: string }) => begun.push(name) };
    await assert.rejects(streamTables(client, selects, [exporter], never, progress), { code: '22012' });
    assert.equal(begun.at(-1), 't30');
    if (transaction) await client.query('ROLLBACK');
    assert.deepEqual((await client.query('SELECT 2 AS two')).rows, [{ two: 2 }]);
  }
});

test('no tables are no rows, and a sink that fails between two tables ends the stream', async (t) => {
  const client = await database(t);
  assert.deepEqual(await streamTables(client, [], [], never), []);
  const full = new Error('no space left');
  const exporter = csvZipExporter({ write: () => Promise.reject(full) }, new Date(0));
  const selects = Array.from({ length: 3000 }, (_, index) => select(`t${index}`, "SELECT 1, 'x'"));
  await assert.rejects(streamTables(client, selects, [exporter], never), full);
});

test('while a sink waits between two tables nothing more is read', async (t) => {
  const client = await database(t);
  const release = Promise.withResolvers<void>();
  let waiting = false;
  const exporter = await csvOf({ write: async () => {} });
  const stuck: RowExporter = {
    beginTable: () => exporter.drained(),
    rows: (buffer, start, end) => exporter.rows(buffer, start, end),
    async endTable() {
      waiting = true;
      await release.promise;
    },
    end: () => exporter.end(),
    drained: () => exporter.drained(),
    outstanding: 0,
    notes: [],
  };
  const selects = [select('small', "SELECT 1, 'x'"), select('large', manyRows)];
  const { stream } = (client as unknown as { connection: { stream: Duplex & { bytesRead: number } } })
    .connection;
  const streaming = streamTables(client, selects, [stuck], never);
  await eventually(() => assert.ok(waiting && stream.isPaused()));
  assert.ok(stream.bytesRead < 1_000_000, `${stream.bytesRead} bytes were read`);
  release.resolve();
  const counts = await streaming;
  assert.deepEqual(
    counts.map(({ rows }) => rows),
    [1, 100_000],
  );
});
