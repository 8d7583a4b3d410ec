import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import ExcelJS from 'exceljs';
import pg from 'pg';
import { compressions } from '../crds/backupSpec.ts';
import { createDemoData } from '../sandbox/demoData/createDemoData.ts';
import { runWorld } from '../sandbox/runWorld.ts';
import { requireProgram, testDatabase } from '../sandbox/testing.ts';
import { connectedClient } from './exporters/rowTesting.ts';
import { assertSameBytes, inAnyOrder, inOrder } from './sameBytesFixture.ts';
import { type ReadSet, readSet, restoredSQL, type TableText, tableTexts } from './setFixture.ts';

const formats = ['csv', 'xlsx', 'json', 'sql'] as const;
const suffixes = { Auto: ['', '.gz'], None: ['', ''], Gzip: ['.gz', '.gz'], Zstd: ['.zst', '.zst'] } as const;
const types: Record<string, string> = {
  '.csv': 'text/csv',
  '.zip': 'application/zip',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.json': 'application/json',
  '.sql': 'application/sql',
  '.gz': 'application/gzip',
  '.zst': 'application/zstd',
};
const typeOf = (name: string) => types[/\.\w+$/.exec(name)?.[0] ?? ''];

/** The demo shop with a second schema whose two tables always change together. */
async function shop(t: TestContext): Promise<string> {
  const uri = await testDatabase(t);
  await createDemoData(uri, { seed: 7, rows: 20_000 });
  const client = await connectedClient(t, uri);
  await client.query(`CREATE SCHEMA ledger; CREATE TABLE ledger.debit (id bigint, amount numeric);
    CREATE TABLE ledger.credit (id bigint, amount numeric); CREATE TABLE ledger.empty (nothing text)`);
  return uri;
}

/** Writes to many tables, one transaction after another, until it is stopped; gives their number. */
async function writing(uri: string, stop: AbortSignal): Promise<number> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  let count = 0;
  for (; !stop.aborted; count++) {
    await client.query(`BEGIN;
      INSERT INTO ledger.debit VALUES (${count}, 1.10); INSERT INTO ledger.credit VALUES (${count}, 1.10);
      UPDATE customers SET loyalty_points = loyalty_points + 1, name = name || '!' WHERE id % 50 = ${count % 50};
      UPDATE products SET price = price + 0.01, updated_at = now() WHERE id % 20 = ${count % 20};
      DELETE FROM sessions WHERE token = (SELECT token FROM sessions ORDER BY token LIMIT 1);
      INSERT INTO reviews SELECT max(id) + 1, max(product_id), 5, 'new ${count}', NULL, now() FROM reviews;
      UPDATE stock SET quantity = quantity + 1 WHERE product_id % 10 = ${count % 10}; COMMIT`);
  }
  await client.end();
  return count;
}

/** The sheets hold the rows of the JSON document; `truth` knows the columns of text, which are compared. */
async function assertSameSheets({ file }: ReadSet, truth: TableText[]): Promise<void> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(file('xlsx').content as unknown as ExcelJS.Buffer);
  const document = JSON.parse(String(file('json').content)) as Record<string, Record<string, unknown>[]>;
  assert.equal(workbook.worksheets.length, truth.length);
  for (const [index, { title, texts }] of truth.entries()) {
    const sheet = workbook.worksheets[index] as ExcelJS.Worksheet;
    const rows = document[title] ?? [];
    assert.equal(sheet.rowCount, rows.length + 1, title);
    // Values at the edge of what a cell can hold have tests of their own.
    if (title.endsWith('.every_type')) continue;
    for (const [number, row] of rows.entries()) {
      const values = Object.values(row);
      for (const column of texts) {
        const cell = sheet.getCell(number + 2, column + 1).value;
        assert.equal(decoded(cell), values[column] ?? '', `${title}, row ${number}`);
      }
    }
  }
}

/** exceljs leaves Excel's escapes in the texts, and takes an empty one for nothing. */
function decoded(value: unknown): unknown {
  if (value === null) return '';
  if (typeof value !== 'string') return value;
  return value.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

test('all formats tell of one moment, though others keep writing, and are what the restored SQL holds', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const psql = requireProgram(t, 'psql', 'apt-get install postgresql-client');
  if (!psql) return;
  const uri = await shop(t);
  const world = await runWorld(t, { uri });
  const stop = new AbortController();
  const written = writing(uri, stop.signal);
  // Slow enough that much is written while the rows are read.
  world.google.faults.add({ operation: 'uploadChunk', count: 5, effect: 'slow', bytesPerSecond: 4 << 20 });
  const report = await world.run(world.backup({ formats: [...formats] })).finally(() => stop.abort());
  assert.ok((await written) > 10, 'hardly anything was written meanwhile');
  assert.equal(report.result, 'Succeeded', report.message ?? '');

  const set = await readSet(world, report.set);
  const client = await restoredSQL(t, psql, set.file('sql').content);
  const truth = await tableTexts(client, set.manifest.tables);
  assertSameBytes(set, truth, inAnyOrder);
  await assertSameSheets(set, truth);
  const counts = await client.query(
    'SELECT (SELECT count(*) FROM ledger.debit) = (SELECT count(*) FROM ledger.credit) AS same',
  );
  assert.deepEqual(counts.rows, [{ same: true }]);
  const rowsInJSON = Object.values(JSON.parse(String(set.file('json').content)) as Record<string, unknown[]>);
  assert.deepEqual(
    set.manifest.tables.map(({ rows }) => rows),
    rowsInJSON.map(({ length }) => length),
  );
});

test('every compression of every format opens, equals COPY, and has its name and type', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const uri = await shop(t);
  const world = await runWorld(t, { uri });
  const client = await connectedClient(t, uri);
  let truth: TableText[] | undefined;
  for (const compression of compressions) {
    const report = await world.run(world.backup({ formats: [...formats], compression }));
    assert.equal(report.result, 'Succeeded', report.message ?? '');
    const set = await readSet(world, report.set);
    const [plain, sql] = suffixes[compression];
    assert.deepEqual(
      formats.map((format) => set.file(format).name.slice(report.set?.length)),
      ['.csv.zip', '.xlsx', `.json${plain}`, `.sql${sql}`],
    );
    for (const format of formats) {
      const { name, contentType } = set.file(format);
      assert.equal(contentType, typeOf(name), name);
    }
    truth ??= await tableTexts(client, set.manifest.tables);
    assertSameBytes(set, truth, inOrder);
    assert.match(String(set.file('sql').content), /-- PostgreSQL database dump complete\n/);
  }
});

test('one table is a plain CSV file, in every compression, with the schema beside it', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const uri = await testDatabase(
    t,
    `CREATE TABLE a ("x y" int, b text); INSERT INTO a VALUES (1, 'ü,"'), (2, NULL), (3, '')`,
  );
  const world = await runWorld(t, { uri });
  for (const compression of compressions) {
    const report = await world.run(world.backup({ formats: ['csv', 'json'], compression }));
    const set = await readSet(world, report.set);
    const [plain] = suffixes[compression];
    for (const [format, ending, content] of [
      ['csv', `.csv${plain}`, 'x y,b\n1,"ü,"""\n2,\n3,""\n'],
      [
        'json',
        `.json${plain}`,
        '{\n"a":[\n{"x y":1,"b":"ü,\\""},\n{"x y":2,"b":null},\n{"x y":3,"b":""}\n]\n}\n',
      ],
    ] as const) {
      const { name, contentType, content: bytes } = set.file(format);
      assert.equal(name, `${report.set}${ending}`);
      assert.equal(contentType, typeOf(name));
      assert.equal(String(bytes), content);
    }
    assert.equal(set.file('schema').name, `${report.set}.schema.sql`);
    assert.match(String(set.file('schema').content), /CREATE TABLE public\.a/);
  }
});
