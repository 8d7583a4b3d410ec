import assert from 'node:assert/strict';
import { test } from 'node:test';
import { column, dataRows } from '../exporters/rowTesting.ts';
import { sheetColumns } from './sheetRow.ts';
import { type Batch, SheetRows } from './sheetRows.ts';

const [bool, int8, int4, text, float8, numeric, date, jsonb] = [16, 20, 23, 25, 701, 1700, 1082, 3802];

async function rowsOf(
  types: readonly number[],
  rows: (string | null)[][],
  { numbers = 'Text' as 'Text' | 'Number', batchBytes = 2_000_000 } = {},
) {
  const columns = types.map((type, index) => column(`c${index}`, type));
  const places = types.map((_, place) => place);
  const batches: (Omit<Batch, 'bytes'> & { values: unknown[][]; last: boolean })[] = [];
  const exporter = new SheetRows({
    columns: sheetColumns(columns, places, { numbers }),
    ...{ header: false, batchBytes },
    async send({ bytes, ...batch }) {
      batches.push({ ...batch, values: JSON.parse(`[${bytes}]`) });
    },
  });
  await exporter.beginTable({ schema: '', name: 't', title: 't', columns });
  const bytes = dataRows(...rows);
  exporter.rows(bytes, 0, bytes.length);
  await exporter.endTable();
  return { batches, exporter, values: batches.flatMap(({ values }) => values) };
}

test('digits that a double would lose stay text, what it holds is a number', async () => {
  const { values } = await rowsOf(
    [int8, int4, numeric, float8, bool],
    [
      ['9007199254740993', '42', '0012.50', '0.1', 't'],
      ['7', '-1', 'NaN', 'Infinity', 'f'],
      [null, null, null, null, null],
    ],
  );
  assert.deepEqual(values, [
    ['9007199254740993', 42, '0012.50', 0.1, true],
    ['7', -1, 'NaN', 'Infinity', false],
    ['', '', '', '', ''],
  ]);
});

test('with numbers: Number int8 and numeric are numbers as far as 15 digits', async () => {
  const { values } = await rowsOf(
    [int8, numeric],
    [
      ['123456789012345', '12.50'],
      ['1234567890123456', '0.1234567890123456'],
    ],
    { numbers: 'Number' },
  );
  assert.deepEqual(values, [
    [123456789012345, 12.5],
    ['1234567890123456', '0.1234567890123456'],
  ]);
});

test('texts come through as they are: formulas, leading zeros, quotes, control characters, dates, JSON', async () => {
  const { values } = await rowsOf(
    [text, date, jsonb],
    [
      ['=SUM(A1:A9)', '2026-02-10', '{"a": "b"}'],
      ["'00123", 'infinity', '[1]'],
      ['a "b"\\\n\t\u0001 Ä 😀', '0044-03-15 BC', 'null'],
    ],
  );
  assert.deepEqual(values, [
    ['=SUM(A1:A9)', '2026-02-10', '{"a": "b"}'],
    ["'00123", 'infinity', '[1]'],
    ['a "b"\\\n\t\u0001 Ä 😀', '0044-03-15 BC', 'null'],
  ]);
});

test('a text of more than 50,000 characters is cut, never within a character, and counted', async () => {
  const { values, exporter } = await rowsOf(
    [text],
    [['Ä'.repeat(50_000)], [`${'x'.repeat(49_999)}😀`], ['y'.repeat(60_000)]],
  );
  assert.deepEqual(
    values.map(([cell]) => String(cell).length),
    [50_000, 49_999, 50_000],
  );
  assert.deepEqual([...exporter.encoder.cut], [2]);
});

test('a huge value costs no memory but its own, and digits without end are cut as texts are', async () => {
  const { values, exporter } = await rowsOf([text, numeric], [['z'.repeat(40_000_000), '9'.repeat(120_000)]]);
  assert.deepEqual(
    values[0]?.map((cell) => String(cell).length),
    [50_000, 50_000],
  );
  assert.deepEqual([...exporter.encoder.cut], [1, 1]);
});

test('a row that no request holds is refused by name', async () => {
  const columns = Array.from({ length: 250 }, () => text);
  await assert.rejects(rowsOf(columns, [columns.map(() => 'y'.repeat(50_000))]), {
    reason: 'SpreadsheetFull',
    message: /more than 10 MiB/,
  });
});

test('batches hold whole rows, stay below their size and tell which is the last', async () => {
  const rows = Array.from({ length: 100 }, (_, n) => [String(n), 'x'.repeat(n * 3)]);
  const { batches, values } = await rowsOf([int4, text], rows, { batchBytes: 1000 });
  assert.deepEqual(
    values,
    rows.map(([n, x]) => [Number(n), x]),
  );
  assert.ok(batches.length > 10);
  assert.deepEqual(
    batches.map(({ last }) => last),
    batches.map((_, index) => index === batches.length - 1),
  );
  assert.equal(
    batches.reduce((sum, batch) => sum + batch.rows, 0),
    100,
  );
});

test('a failed request stops the rows', async () => {
  const columns = [column('a')];
  const exporter = new SheetRows({
    columns: sheetColumns(columns, [0], { numbers: 'Text' }),
    header: true,
    send: () => Promise.reject(new Error('gone')),
  });
  await exporter.beginTable({ schema: '', name: 't', title: 't', columns });
  await assert.rejects(exporter.endTable(), /gone/);
});
