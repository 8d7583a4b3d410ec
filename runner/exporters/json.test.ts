import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../sandbox/testing.ts';
import type { Column } from './exporter.ts';
import { jsonExporter } from './json.ts';
import {
  CollectingSink,
  column,
  connectedClient,
  dataRows,
  exportedTable,
  exportFromServer,
  exportRows,
} from './rowTesting.ts';

type Row = (string | null)[];

async function json(columns: Column[], ...rows: Row[]): Promise<string> {
  const sink = new CollectingSink();
  await exportRows(jsonExporter(sink, 'None'), [exportedTable('t', columns), dataRows(...rows)]);
  return sink.text;
}

test('the document has an array for each table and a line for each row', async () => {
  const sink = new CollectingSink();
  await exportRows(
    jsonExporter(sink, 'None'),
    [exportedTable('first', [column('id', 23), column('name')]), dataRows(['1', 'a'], ['2', null])],
    [exportedTable('none', [column('id', 23)]), dataRows()],
    [exportedTable('bare "quoted"', []), dataRows([], [])],
  );
  const text =
    '{\n"first":[\n{"id":1,"name":"a"},\n{"id":2,"name":null}\n],\n"none":[],\n"bare \\"quoted\\"":[\n{},\n{}\n]\n}\n';
  assert.equal(sink.text, text);
  assert.deepEqual(JSON.parse(text)['bare "quoted"'], [{}, {}]);
});

test('no tables at all are an empty object', async () => {
  const sink = new CollectingSink();
  await exportRows(jsonExporter(sink, 'None'));
  assert.deepEqual(JSON.parse(sink.text), {});
});

test('two tables of the same title keep their rows under different keys', async () => {
  const sink = new CollectingSink();
  const exporter = jsonExporter(sink, 'None');
  const table = exportedTable('a.b.c', [column('x', 23)]);
  await exportRows(exporter, [table, dataRows(['1'])], [table, dataRows(['2'])]);
  assert.deepEqual(JSON.parse(sink.text), { 'a.b.c': [{ x: 1 }], 'a.b.c (2)': [{ x: 2 }] });
  assert.deepEqual(exporter.notes, ['json: the table a.b.c is under the key a.b.c (2)']);
});

test('digits stay as they are; NaN and the infinities are strings', async () => {
  const columns = [column('n', 1700), column('i', 20), column('f', 701)];
  const rows = [
    ['1.10', '9223372036854775807', '0.1'],
    ['-0.00000000000000000000000001', '-1', '-1e-300'],
    ['NaN', '0', '-Infinity'],
  ];
  const text = await json(columns, ...rows);
  assert.ok(text.includes('{"n":1.10,"i":9223372036854775807,"f":0.1}'));
  assert.ok(text.includes('{"n":-0.00000000000000000000000001,"i":-1,"f":-1e-300}'));
  assert.ok(text.includes('{"n":"NaN","i":0,"f":"-Infinity"}'));
});

test('timestamps are ISO 8601 with T and a padded offset', async () => {
  const rows: [type: number, text: string, expected: string][] = [
    [1114, '2024-01-02 03:04:05.6', '2024-01-02T03:04:05.6'],
    [1184, '2024-01-02 03:04:05+00', '2024-01-02T03:04:05+00:00'],
    [1184, '2024-01-02 03:04:05-03:30', '2024-01-02T03:04:05-03:30'],
    [1184, '1880-01-02 03:04:05+05:41:16', '1880-01-02T03:04:05+05:41:16'],
    [1184, '0044-03-15 00:00:00+01 BC', '0044-03-15T00:00:00+01:00 BC'],
    [1184, 'infinity', 'infinity'],
    [1082, '2024-01-02', '2024-01-02'],
  ];
  for (const [type, text, expected] of rows) {
    assert.deepEqual(JSON.parse(await json([column('a', type)], [text])).t, [{ a: expected }]);
  }
});

test('arrays and composites take their to_json from behind the columns, in order', async () => {
  const columns = [
    column('a', 1007, { array: true }),
    column('b', 23),
    column('c', 16_500, { typeKind: 'c' }),
    column('d', 1009, { array: true }),
  ];
  const text = await json(
    columns,
    ['{1,2}', '7', '(1,x)', null, '[1,2]', '{"n":1,"t":"x"}', null],
    [null, null, null, '{}', null, null, '[]'],
  );
  assert.deepEqual(JSON.parse(text).t, [
    { a: [1, 2], b: 7, c: { n: 1, t: 'x' }, d: null },
    { a: null, b: null, c: null, d: [] },
  ]);
});

test('json values go through as they are, raw line breaks included', async () => {
  const text = await json([column('a', 114)], ['{"x":\n 1.10, "x": 2}'], ['null']);
  assert.ok(text.includes('{"a":{"x":\n 1.10, "x": 2}}'));
  assert.deepEqual(JSON.parse(text).t, [{ a: { x: 2 } }, { a: null }]);
});

test('long values, long keys and wide rows are whole, wherever the chunks end', async () => {
  const controls = '\u0001'.repeat(400_000);
  const plain = 'x'.repeat(3_000_000);
  const object = `{"k":"${'y'.repeat(2_000_000)}"}`;
  const rows: Row[] = [
    [controls, plain, object],
    [null, controls, null],
    ['', 'z', '1'],
  ];
  const columns = [column('é'.repeat(31)), column('b'), column('c', 3802)];
  const parsed = JSON.parse(await json(columns, ...rows)).t;
  assert.deepEqual(
    parsed,
    rows.map(([a, b, c]) => ({ ['é'.repeat(31)]: a, b, c: JSON.parse(c ?? 'null') })),
  );
  const wide = Array.from({ length: 1600 }, (_, index) => column(`${'n'.repeat(59)}${index}`));
  const values = wide.map((_, index) => '"'.repeat(index % 50));
  assert.deepEqual(JSON.parse(await json(wide, values)).t, [
    Object.fromEntries(wide.map(({ name }, index) => [name, values[index]])),
  ]);
});

test('strings of every length around the border between short and long are whole', async () => {
  for (const length of [10_915, 10_918, 10_919, 10_920, 10_921, 10_922, 10_923, 65_536]) {
    const rows = [
      ['\u0002'.repeat(length), 'b'],
      ['"'.repeat(length), null],
    ];
    assert.deepEqual(
      JSON.parse(await json([column('a'), column('b')], ...rows)).t,
      rows.map(([a, b]) => ({ a, b })),
    );
  }
});

test('a column named like its table, awkward names and generated columns are as row_to_json has them', async (t) => {
  const client = await connectedClient(t, await testDatabase(t));
  await client.query(`CREATE TABLE t (t int[], "a ""b"" \\ \t" text, g int GENERATED ALWAYS AS (cardinality(t)) STORED);
    INSERT INTO t VALUES ('{1,2}', 'x'), (NULL, NULL)`);
  const sink = new CollectingSink();
  await exportFromServer(client, [jsonExporter(sink, 'None')]);
  const { rows } = await client.query(
    'SELECT row_to_json(whole)::text AS json FROM (SELECT * FROM t) AS whole',
  );
  assert.equal(sink.text, `{\n"t":[\n${rows.map(({ json }) => json).join(',\n')}\n]\n}\n`);
  assert.deepEqual(JSON.parse(sink.text).t[0], { t: [1, 2], 'a "b" \\ \t': 'x', g: 2 });
});

test('created types with a cast to json, hstore for example, are what the cast makes of them', async (t) => {
  const client = await connectedClient(t, await testDatabase(t));
  const { rowCount } = await client.query("SELECT FROM pg_available_extensions WHERE name = 'hstore'");
  if (rowCount === 0) {
    t.skip('hstore is not installed: apt-get install postgresql-contrib');
    return;
  }
  await client.query(
    `CREATE EXTENSION hstore; CREATE TABLE h (h hstore); INSERT INTO h VALUES ('a=>1, b=>NULL')`,
  );
  const sink = new CollectingSink();
  await exportFromServer(client, [jsonExporter(sink, 'None')]);
  assert.deepEqual(JSON.parse(sink.text), { h: [{ h: { a: '1', b: null } }] });
});
