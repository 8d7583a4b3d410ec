import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { testDatabase } from '../../sandbox/testing.ts';
import { csvExporter, csvZipExporter } from './csv.ts';
import type { Column } from './exporter.ts';
import {
  CollectingSink,
  column,
  connectedClient,
  copyIn,
  copyOut,
  dataRows,
  exportedTable,
  exportFromServer,
  exportRows,
  unzipped,
} from './rowTesting.ts';

const time = new Date('2024-05-06T07:08:10Z');
type Row = (string | null)[];

async function csv(columns: Column[], ...rows: Row[]): Promise<string> {
  const sink = new CollectingSink();
  await exportRows(csvExporter(sink, 'None'), [exportedTable('t', columns), dataRows(...rows)]);
  return sink.text;
}

test('NULL is empty, the empty string is quoted', async () => {
  assert.equal(await csv([column('a'), column('b')], [null, ''], ['', null]), 'a,b\n,""\n"",\n');
});

test('only separators, quotes and line breaks make quotes', async () => {
  const rows = [['a,b'], ['a"b'], ['a\nb'], ['a\rb'], [' a '], ["'"], ['\\'], ['\t;']];
  assert.equal(await csv([column('t')], ...rows), 't\n"a,b"\n"a""b"\n"a\nb"\n"a\rb"\n a \n\'\n\\\n\t;\n');
});

test('\\. is quoted where it is the only field of a line, in the header too', async () => {
  assert.equal(await csv([column('\\.')], ['\\.']), '"\\."\n"\\."\n');
  assert.equal(await csv([column('\\.'), column('b')], ['\\.', '\\.']), '\\.,b\n\\.,\\.\n');
  const generated = column('g', 25, { generated: true });
  assert.equal(await csv([generated, column('a')], ['x', '\\.']), 'a\n"\\."\n');
});

test('fields behind the columns, which are for JSON, are left out', async () => {
  assert.equal(await csv([column('a', 1007, { array: true })], ['{1,2}', '[1,2]']), 'a\n"{1,2}"\n');
});

test('long fields and wide rows are whole, wherever the chunks end', async () => {
  const quoted = '"'.repeat(700_000);
  const plain = 'x'.repeat(3_000_000);
  const broken = `${'y'.repeat(1_500_000)}\n`;
  const columns = [column('a'), column('b'), column('c'), column('d')];
  const double = (text: string) => `"${text.replaceAll('"', '""')}"`;
  assert.equal(
    await csv(columns, [quoted, plain, broken, ''], [null, quoted, null, '1'], [plain, null, null, null]),
    `a,b,c,d\n${double(quoted)},${plain},${double(broken)},""\n,${double(quoted)},,1\n${plain},,,\n`,
  );
  const wide = Array.from({ length: 1600 }, (_, index) => column(`c${index}`));
  const values = wide.map((_, index) => (index % 3 === 0 ? '"'.repeat(60) : 'z'.repeat(index % 100)));
  assert.equal(
    await csv(wide, values),
    `${wide.map(({ name }) => name).join(',')}\n${values.map((text) => (text === '' || text.startsWith('"') ? double(text) : text)).join(',')}\n`,
  );
});

test('fields of every length around the border between short and long are whole', async () => {
  const lengths = [32_764, 32_765, 32_766, 32_767, 32_768, 65_535, 65_536, 65_537];
  const rows = lengths.flatMap((length) => [
    ['"'.repeat(length), 'a'],
    ['x'.repeat(length), ''],
  ]);
  const double = (text: string) => (/^"|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  assert.equal(
    await csv([column('a'), column('b')], ...rows),
    `a,b\n${rows.map((row) => `${row.map(double).join(',')}\n`).join('')}`,
  );
});

test('a plain file takes one table, no second one', async () => {
  const table = [exportedTable('t', [column('a')]), dataRows()] as [never, Buffer];
  await assert.rejects(exportRows(csvExporter(new CollectingSink(), 'None'), table, table), /one table/);
});

test('several tables are entries of a zip archive, named safely and differently without case', async () => {
  const sink = new CollectingSink();
  const exporter = csvZipExporter(sink, time);
  const names = ['orders', 'Orders', 'a/b\\c:d', '..', 'con', 'ends.', '日本', 'shop.orders'];
  await exportRows(
    exporter,
    ...names.map((name) => [exportedTable(name, [column('a')]), dataRows([name])] as [never, Buffer]),
  );
  const entries = [...unzipped(sink.bytes)];
  assert.deepEqual(
    entries.map(([name]) => name),
    ['orders', 'Orders (2)', 'a_b_c_d', '__', '_con', 'ends_', '日本', 'shop.orders'].map(
      (name) => `${name}.csv`,
    ),
  );
  assert.deepEqual(
    entries.map(([, bytes]) => bytes.toString()),
    names.map((name) => `a\n${name}\n`),
  );
  assert.deepEqual(
    exporter.notes,
    ['Orders (2)', 'a_b_c_d', '__', '_con', 'ends_'].map(
      (file, index) => `csv: table ${names[index + 1]} is the file ${file}.csv of the archive`,
    ),
  );
});

test('many tiny tables and one that fills several chunks lie in one archive', async () => {
  const sink = new CollectingSink();
  const long = dataRows(...Array<Row>(40_000).fill(['x'.repeat(100)]));
  const tables = Array.from(
    { length: 300 },
    (_, index) =>
      [exportedTable(`t${index}`, [column('a')]), index === 150 ? long : dataRows([`${index}`])] as [
        never,
        Buffer,
      ],
  );
  await exportRows(csvZipExporter(sink, time), ...tables);
  const entries = unzipped(sink.bytes);
  assert.equal(entries.size, 300);
  assert.equal(entries.get('t150.csv')?.toString(), `a\n${`${'x'.repeat(100)}\n`.repeat(40_000)}`);
  assert.equal(entries.get('t299.csv')?.toString(), 'a\n299\n');
});

test('no tables at all are an empty archive', async () => {
  const sink = new CollectingSink();
  await exportRows(csvZipExporter(sink, time));
  assert.equal(unzipped(sink.bytes).size, 0);
});

test('generated columns are left out, inherited rows too, and partitions are in: as COPY has them', async (t) => {
  const client = await connectedClient(t, await testDatabase(t));
  await client.query(`
    CREATE TABLE generated (a int, "b ""c"", d" int GENERATED ALWAYS AS (a * 2) STORED, "Mixed, case" text);
    INSERT INTO generated (a, "Mixed, case") VALUES (1, 'x'), (2, NULL);
    CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
    INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
    CREATE TABLE parted (a int) PARTITION BY RANGE (a);
    CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
    CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
    INSERT INTO parted VALUES (15), (5);
    CREATE TABLE bare (); INSERT INTO bare SELECT FROM generate_series(1, 3);
    CREATE TABLE single (a text); INSERT INTO single VALUES (NULL), (''), ('\\.');`);
  const sink = new CollectingSink();
  await exportFromServer(client, [csvZipExporter(sink, time)]);
  const entries = unzipped(sink.bytes);
  const sources = {
    generated: '(SELECT a, "Mixed, case" FROM generated)',
    parent: '(SELECT a FROM ONLY parent)',
    child: 'child',
    parted: '(SELECT a FROM parted)',
    bare: '(SELECT FROM bare)',
    single: 'single',
  };
  assert.deepEqual(
    [...entries.keys()].sort(),
    Object.keys(sources)
      .sort()
      .map((name) => `${name}.csv`),
  );
  for (const [name, source] of Object.entries(sources)) {
    const copied = await copyOut(client, `COPY ${source} TO STDOUT (FORMAT csv, HEADER)`);
    assert.equal(entries.get(`${name}.csv`)?.toString(), copied.toString(), name);
  }
  await client.query('CREATE TABLE again (LIKE generated INCLUDING ALL)');
  await copyIn(
    client,
    'COPY again (a, "Mixed, case") FROM STDIN (FORMAT csv, HEADER MATCH)',
    entries.get('generated.csv') as Buffer,
  );
  const { rows } = await client.query('TABLE again EXCEPT ALL TABLE generated');
  assert.deepEqual(rows, []);
});

test('entries of every size around the border between small and large blocks are whole', async () => {
  const sink = new CollectingSink();
  const sizes = [8_000, 15_000, 16_380, 16_384, 20_000, 40_000, 64_000, 100_000];
  const noise = (size: number) => randomBytes(size / 2).toString('hex');
  const contents = sizes.map(noise);
  const tables = contents.map(
    (text, index) => [exportedTable(`t${index}`, [column('a')]), dataRows([text])] as [never, Buffer],
  );
  await exportRows(csvZipExporter(sink, time), ...tables);
  const entries = unzipped(sink.bytes);
  contents.forEach((text, index) => {
    assert.equal(entries.get(`t${index}.csv`)?.toString(), `a\n${text}\n`);
  });
});
