import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../sandbox/testing.ts';
import type { Column } from './exporter.ts';
import { RowChecksums } from './rowChecksums.ts';
import {
  column,
  connectedClient,
  dataRows,
  exportedTable,
  exportFromServer,
  exportRows,
} from './rowTesting.ts';

type Row = (string | null)[];
const pair = [column('a'), column('b')];

async function checksum(columns: readonly Column[], ...rows: Row[]): Promise<string | undefined> {
  const exporter = new RowChecksums();
  await exportRows(exporter, [exportedTable('t', columns), dataRows(...rows)]);
  return exporter.checksums[0];
}

test('the order of the rows does not count, all else does', async () => {
  const rows: Row[] = [
    ['1', 'one'],
    ['2', 'two'],
    ['3', null],
  ];
  const expected = await checksum(pair, ...rows);
  assert.match(expected ?? '', /^v1:[0-9a-f]{16}$/);
  assert.equal(await checksum(pair, ...rows.toReversed()), expected);
  const others: Row[][] = [
    rows.slice(1),
    [...rows, ['3', null]],
    [...rows, ['3', null], ['3', null]],
    [...rows.slice(1), ['1', 'One']],
    [...rows.slice(1), ['one', '1']],
    [...rows.slice(1), ['1o', 'ne']],
    [...rows.slice(0, 2), ['3', '']],
    [...rows.slice(0, 2), [null, '3']],
    [
      ['1', 'two'],
      ['2', 'one'],
      ['3', null],
    ],
    [],
  ];
  const sums = await Promise.all(others.map((changed) => checksum(pair, ...changed)));
  assert.equal(new Set([expected, ...sums]).size, others.length + 1);
});

test('a bit that differs anywhere in a row of any length differs in the sum', async () => {
  for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 63]) {
    const text = 'x'.repeat(length);
    const seen = new Set([await checksum([column('a')], [text])]);
    for (let at = 0; at < length; at++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64]) {
        const other = String.fromCharCode(text.charCodeAt(at) ^ bit);
        seen.add(await checksum([column('a')], [text.slice(0, at) + other + text.slice(at + 1)]));
      }
    }
    assert.equal(seen.size, 1 + 7 * length, `length ${length}`);
  }
});

test('sums of many rows that are nearly alike do not meet', async () => {
  const seen = new Set<string | undefined>();
  for (let n = 0; n < 20_000; n++) seen.add(await checksum(pair, [String(n), 'x'], [String(n + 1), 'x']));
  assert.equal(seen.size, 20_000);
});

test('what is written in the manifests of today is what a later release finds', async () => {
  assert.equal(await checksum(pair), 'v1:0000000000000000');
  assert.equal(await checksum([], [], []), 'v1:b75c0c329db56014');
  assert.equal(await checksum(pair, ['1', 'one'], ['2', null], ['', 'Grüße 🎁']), 'v1:6318da61e04e3107');
});

test('fields behind the columns, generated columns and money do not count', async () => {
  const list = column('list', 1007, { array: true });
  assert.equal(
    await checksum([column('a'), list], ['x', '{1,2}', '[1,2]']),
    await checksum([column('a'), list], ['x', '{1,2}']),
  );
  const twice = column('twice', 23, { generated: true });
  const price = column('price', 790);
  const columns = [twice, column('a'), price, list];
  const long = 'y'.repeat(10_000);
  const expected = await checksum(columns, ['2', long, '$1.00', '{1}', '[1]']);
  assert.equal(await checksum(columns, ['4', long, '1,00 €', '{1}']), expected);
  assert.notEqual(await checksum(columns, ['2', `${long}y`, '$1.00', '{1}']), expected);
  assert.notEqual(await checksum(columns, ['2', long, '$1.00', '{2}']), expected);
  assert.notEqual(await checksum(columns, ['2', null, '$1.00', '{1}']), expected);
});

test('columns that are inherited count by their names, since pg_dump puts them first', async () => {
  const [a, b] = [column('a', 25, { inherited: true }), column('b')];
  assert.equal(await checksum([b, a], ['2', '1']), await checksum([a, b], ['1', '2']));
  assert.notEqual(await checksum([b, a], ['1', '2']), await checksum([a, b], ['1', '2']));
});

test('tables of a server give the same sums when their rows lie in another order', async (t) => {
  const client = await connectedClient(t, await testDatabase(t));
  await client.query(`CREATE TABLE first (id int, list int[], twice int GENERATED ALWAYS AS (id * 2) STORED, note text);
    INSERT INTO first (id, list, note) SELECT n, ARRAY[n], repeat('é', n % 300) FROM generate_series(1, 5000) n;
    CREATE TABLE second AS SELECT id, list, twice, note FROM first ORDER BY id DESC;
    CREATE TABLE parent (a int); CREATE TABLE third (b int, a int); INSERT INTO third VALUES (1, 2);
    ALTER TABLE third INHERIT parent;
    CREATE TABLE fourth (b int) INHERITS (parent); INSERT INTO fourth (b, a) VALUES (1, 2);`);
  const exporter = new RowChecksums();
  const tables = await exportFromServer(client, [exporter]);
  const sums = new Map(tables.map(({ name }, index) => [name, exporter.checksums[index]]));
  assert.equal(sums.get('third'), sums.get('fourth'));
  assert.equal(sums.get('parent'), 'v1:0000000000000000');
  await client.query(`ALTER TABLE first DROP COLUMN twice; ALTER TABLE second DROP COLUMN twice`);
  const again = new RowChecksums();
  await exportFromServer(client, [again], ['public.first', 'public.second']);
  assert.equal(again.checksums[0], again.checksums[1]);
});
