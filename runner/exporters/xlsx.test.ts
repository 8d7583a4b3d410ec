import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import type { Column } from './exporter.ts';
import { CollectingSink, column, dataRows, exportedTable, exportRows, unzipped } from './rowTesting.ts';
import { anyText } from './typeValues.ts';
import { xlsxExporter } from './xlsx.ts';

const time = new Date('2024-05-06T07:08:10Z');

type Row = (string | null)[];

async function xlsx(...tables: [name: string, columns: Column[], rows: Row[]][]) {
  const sink = new CollectingSink();
  const exporter = xlsxExporter(sink, time);
  await exportRows(
    exporter,
    ...tables.map(
      ([name, columns, rows]) => [exportedTable(name, columns), dataRows(...rows)] as [never, Buffer],
    ),
  );
  return { bytes: sink.bytes, notes: exporter.notes };
}

async function opened(bytes: Buffer): Promise<ExcelJS.Workbook> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(bytes as unknown as ExcelJS.Buffer);
  return workbook;
}

/** The values of the first column below the header. */
async function values(columns: Column[], rows: Row[]): Promise<unknown[]> {
  const { bytes } = await xlsx(['t', columns, rows]);
  const sheet = (await opened(bytes)).worksheets[0] as ExcelJS.Worksheet;
  return rows.map((_, index) => decoded(sheet.getCell(index + 2, 1).value));
}

/** exceljs leaves Excel's escapes (ECMA-376 part 1, 22.9.2.19) in inline strings, and takes empty ones for nothing. */
function decoded(value: unknown): unknown {
  if (value === null) return '';
  if (typeof value !== 'string') return value;
  return value.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Columns of every kind that a sheet distinguishes, with a row of values and how Excel and LibreOffice show it. */
const kinds: [name: string, type: number, text: string, value: unknown, shown: string][] = [
  ['bool', 16, 't', true, 'TRUE'],
  ['int4', 23, '-42', -42, '-42'],
  ['int8', 20, '123456789012345', 123456789012345, '123456789012345'],
  ['long int8', 20, '1234567890123456', '1234567890123456', '1234567890123456'],
  ['numeric', 1700, '1.10', 1.1, '1.10'],
  ['long numeric', 1700, '0.1234567890123456', '0.1234567890123456', '0.1234567890123456'],
  ['padded numeric', 1700, '0.0100000000000000', 0.01, '0.0100000000000000'],
  ['NaN', 1700, 'NaN', 'NaN', 'NaN'],
  ['float', 701, '0.5', 0.5, '0.5'],
  ['infinite', 701, '-Infinity', '-Infinity', '-Infinity'],
  ['huge', 701, '1e+308', '1e+308', '1e+308'],
  ['date', 1082, '2024-02-29', new Date('2024-02-29T00:00:00Z'), '2024-02-29'],
  ['first date', 1082, '1900-03-01', new Date('1900-03-01T00:00:00Z'), '1900-03-01'],
  ['too early', 1082, '1900-02-28', '1900-02-28', '1900-02-28'],
  ['BC', 1082, '0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC'],
  ['last date', 1082, '9999-12-31', new Date('9999-12-31T00:00:00Z'), '9999-12-31'],
  ['too late', 1082, '10000-01-01', '10000-01-01', '10000-01-01'],
  ['infinity', 1114, 'infinity', 'infinity', 'infinity'],
  ['timestamp', 1114, '2024-01-02 03:04:05', new Date('2024-01-02T03:04:05Z'), '2024-01-02 03:04:05'],
  [
    'fraction',
    1114,
    '2024-01-02 03:04:05.678',
    new Date('2024-01-02T03:04:05.678Z'),
    '2024-01-02 03:04:05.678',
  ],
  [
    'last moment',
    1114,
    '9999-12-31 23:59:59.999999',
    new Date('9999-12-31T23:59:59.999Z'),
    '9999-12-31 23:59:59.999',
  ],
  ['BC timestamp', 1114, '0001-01-01 00:00:00 BC', '0001-01-01 00:00:00 BC', '0001-01-01 00:00:00 BC'],
  ['zoned', 1184, '2024-01-01 01:00:00+05:45', new Date('2023-12-31T19:15:00Z'), '2023-12-31 19:15:00'],
  ['west', 1184, '2024-01-01 23:00:00-03:30', new Date('2024-01-02T02:30:00Z'), '2024-01-02 02:30:00'],
  ['out of range in UTC', 1184, '9999-12-31 23:00:00-03', '9999-12-31 23:00:00-03', '9999-12-31 23:00:00-03'],
  ['time', 1083, '03:04:05', new Date('1899-12-30T03:04:05Z'), '03:04:05'],
  ['time fraction', 1083, '23:59:59.5', new Date('1899-12-30T23:59:59.5Z'), '23:59:59.500'],
  ['24:00', 1083, '24:00:00', '24:00:00', '24:00:00'],
  [
    'uuid',
    2950,
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ],
  ['jsonb', 3802, '{"a": [1, null]}', '{"a": [1, null]}', '{"a": [1, null]}'],
  ['text', 25, ' <b> & "c" 😀 ', ' <b> & "c" 😀 ', ' <b> & "c" 😀 '],
  ['formula', 25, '=1+1', '=1+1', '=1+1'],
  ['number as text', 25, '007', '007', '007'],
  ['escape', 25, '_x0041_', '_x0041_', '_x0041_'],
];
const kindColumns = kinds.map(([name, type]) => column(name, type));
const kindRow = kinds.map(([, , text]) => text);

test('exceljs reads every kind of value as the value that it is', async () => {
  const { bytes, notes } = await xlsx(['kinds', kindColumns, [kindRow]]);
  const sheet = (await opened(bytes)).getWorksheet('kinds') as ExcelJS.Worksheet;
  kinds.forEach(([name, , , value], index) => {
    assert.equal(sheet.getCell(1, index + 1).value, name);
    assert.deepEqual(decoded(sheet.getCell(2, index + 1).value), value, name);
  });
  assert.deepEqual(notes, []);
});

test('LibreOffice shows every kind of value as PostgreSQL does', async (t) => {
  const soffice = requireProgram(t, 'soffice', 'apt-get install libreoffice-calc-nogui');
  if (soffice === undefined) return;
  const directory = await temporaryDirectory(t);
  const { bytes } = await xlsx(
    ['kinds', kindColumns, [kindRow]],
    ['second', [column('a')], [['1'], ['zwei\nZeilen'], ['_x0041_x0042_']]],
  );
  await writeFile(join(directory, 'book.xlsx'), bytes);
  // 44: comma, 34: quote, 76: UTF-8, true: as shown, -1: each sheet in a file of its own
  const filter = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1';
  const profile = `-env:UserInstallation=${pathToFileURL(join(directory, 'profile'))}`;
  await promisify(execFile)(soffice, [
    ...[profile, '--headless', '--convert-to', filter, '--outdir', directory],
    join(directory, 'book.xlsx'),
  ]);
  const field = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [kinds.map(([name]) => name), kinds.map(([, , , , shown]) => field(shown))];
  assert.equal(
    await readFile(join(directory, 'book-kinds.csv'), 'utf8'),
    lines.map((line) => `${line.join(',')}\n`).join(''),
  );
  assert.equal(
    await readFile(join(directory, 'book-second.csv'), 'utf8'),
    'a\n1\n"zwei\nZeilen"\n_x0041_x0042_\n',
  );
  assert.deepEqual((await readdir(directory)).filter((name) => name.endsWith('.csv')).sort(), [
    'book-kinds.csv',
    'book-second.csv',
  ]);
});

test('any text comes back from exceljs, control characters and literal escapes included', async () => {
  const replaced = (text: string) => text.replaceAll(/[\ufffe\uffff]/g, '\ufffd');
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 60 }), async (texts) => {
      const read = await values(
        [column('a')],
        texts.map((text) => [text]),
      );
      assert.deepEqual(read, texts.map(replaced));
    }),
    { numRuns: 40 },
  );
});

test('escapes that only arise together with a neighbour are none', async () => {
  const texts = [
    '_x0041\u0001',
    '_x005F_x0041_',
    '__x0041_',
    '_x004',
    '_x0041_x0042_',
    '\r',
    'a\r\nb',
    '\t\n',
    '_xZZZZ_',
  ];
  assert.deepEqual(
    await values(
      [column('a')],
      texts.map((text) => [text]),
    ),
    texts,
  );
});

test('NULL is no cell and the empty string an empty text', async () => {
  const { bytes } = await xlsx([
    't',
    [column('a'), column('b')],
    [
      [null, ''],
      ['', null],
    ],
  ]);
  const xml = sheetXML(bytes, 1);
  const empty = (reference: string) => `<c r="${reference}" t="inlineStr"><is><t></t></is></c>`;
  assert.ok(
    xml.endsWith(`<row r="2">${empty('B2')}</row><row r="3">${empty('A3')}</row></sheetData></worksheet>`),
  );
});

function sheetXML(bytes: Buffer, n: number): string {
  return String(unzipped(bytes).get(`xl/worksheets/sheet${n}.xml`));
}

test('the header is bold and frozen, and integers of more than eleven digits are not shown in powers of ten', async () => {
  const { bytes } = await xlsx(['t', [column('id', 20)], [['123456789012']]]);
  const sheet = (await opened(bytes)).worksheets[0] as ExcelJS.Worksheet;
  assert.equal(sheet.getCell('A1').font?.bold, true);
  assert.ok(!sheet.getCell('A2').font?.bold);
  assert.deepEqual(
    sheet.views.map(({ state, ...view }) => [state, (view as { ySplit: number }).ySplit]),
    [['frozen', 1]],
  );
  assert.equal(sheet.getCell('A2').numFmt, '0');
});

test('a text of more than 32,767 UTF-16 units is cut between characters, and the notes say so', async () => {
  const most = 'é'.repeat(32_767);
  const emoji = `${'x'.repeat(32_766)}😀`;
  const { bytes, notes } = await xlsx([
    't',
    [column('a'), column('b')],
    [
      [most, `${most}é`],
      [emoji, '<'.repeat(200_000)],
    ],
  ]);
  const sheet = (await opened(bytes)).worksheets[0] as ExcelJS.Worksheet;
  assert.equal(sheet.getCell('A2').value, most);
  assert.equal(sheet.getCell('B2').value, most);
  assert.equal(sheet.getCell('A3').value, 'x'.repeat(32_766));
  assert.equal(sheet.getCell('B3').value, '<'.repeat(32_767));
  assert.deepEqual(notes, [
    'xlsx: 1 value of t.a cut to 32,767 characters',
    'xlsx: 2 values of t.b cut to 32,767 characters',
  ]);
});

test('U+FFFE and U+FFFF are replaced, and the notes say so', async () => {
  const { bytes, notes } = await xlsx(['t', [column('a')], [['\ufffe\uffff\ufffd'], ['x']]]);
  const sheet = (await opened(bytes)).worksheets[0] as ExcelJS.Worksheet;
  assert.equal(sheet.getCell('A2').value, '\ufffd\ufffd\ufffd');
  assert.deepEqual(notes, ['xlsx: U+FFFE or U+FFFF written as U+FFFD in 1 row of t']);
});

test('a table of more rows than a sheet holds goes on in further sheets, each with the header', async () => {
  const sink = new CollectingSink();
  const exporter = xlsxExporter(sink, time);
  await exporter.beginTable(exportedTable('big', [column('n', 23)]));
  const [batch, count] = [4096, 1_048_575];
  const rows = dataRows(...Array<Row>(batch).fill(['7']));
  for (let sent = 0; sent < count + 2; sent += batch) {
    const some = Math.min(batch, count + 2 - sent);
    exporter.rows(rows, 0, (rows.length / batch) * some);
    if (exporter.outstanding >= 8) await exporter.drained();
  }
  await exporter.endTable();
  await exporter.beginTable(exportedTable('big (2)', [column('a')]));
  await exporter.endTable();
  await exporter.end();
  const sheets = [1, 2, 3].map((n) => sheetXML(sink.bytes, n));
  const rowCount = (xml: string) => [...xml.matchAll(/<row /g)].length;
  assert.deepEqual(sheets.map(rowCount), [1_048_576, 3, 1]);
  assert.ok(
    sheets[0]?.endsWith('<row r="1048576"><c r="A1048576" s="2"><v>7</v></c></row></sheetData></worksheet>'),
  );
  assert.match(
    sheets[1] ?? '',
    /<row r="1"><c r="A1" s="1" [^>]*><is><t[^>]*>n<\/t>.*<row r="3"><c r="A3" s="2"><v>7</,
  );
  assert.deepEqual(
    [...String(unzipped(sink.bytes).get('xl/workbook.xml')).matchAll(/<sheet name="([^"]*)"/g)].map(
      ([, name]) => name,
    ),
    ['big', 'big (2)', 'big (2) (2)'],
  );
  assert.deepEqual(exporter.notes, [
    'xlsx: table big is split over 2 sheets, since a sheet holds 1048576 rows; the last is big (2)',
    'xlsx: table big (2) is the sheet big (2) (2)',
  ]);
});

test('a sheet has at most 16,384 columns, and the notes say what is missing', async () => {
  const columns = Array.from({ length: 16_385 }, (_, index) => column(`c${index}`));
  const { bytes, notes } = await xlsx(['wide', columns, [columns.map(({ name }) => name)]]);
  const sheet = (await opened(bytes)).worksheets[0] as ExcelJS.Worksheet;
  assert.equal(sheet.columnCount, 16_384);
  assert.equal(sheet.getCell('XFD2').value, 'c16383');
  assert.deepEqual(notes, ['xlsx: only the first 16384 of the 16385 columns of wide are in the sheet']);
});

test('sheet names are what Excel takes: 31 characters, no []:*?/\\, unique without case', async () => {
  const long = 'schema.'.repeat(6);
  const names = [
    'a/b',
    'A_B',
    '[x]:*?\\',
    "'quoted'",
    'History',
    long,
    `${long}2`,
    'über "<&>"',
    '😀'.repeat(20),
  ];
  const { bytes, notes } = await xlsx(
    ...names.map((name) => [name, [column('a')], []] as [string, Column[], Row[]]),
  );
  const sheets = (await opened(bytes)).worksheets.map(({ name }) => name);
  assert.deepEqual(sheets, [
    'a_b',
    'A_B (2)',
    '_x_____',
    '_quoted_',
    'History_',
    'schema.schema.schema.schema.sch',
    'schema.schema.schema.schema (2)',
    'über "<&>"',
    '😀'.repeat(15),
  ]);
  assert.equal(notes.length, 8);
});

test('tables without rows, without columns, and no tables at all are workbooks', async () => {
  const empty = await opened((await xlsx(['none', [column('a')], []], ['zero', [], [[], []]])).bytes);
  assert.deepEqual(
    empty.worksheets.map(({ name, rowCount }) => [name, rowCount]),
    [
      ['none', 1],
      ['zero', 3],
    ],
  );
  assert.deepEqual(
    (await opened((await xlsx()).bytes)).worksheets.map(({ name }) => name),
    ['no tables'],
  );
});

test('the same rows give the same bytes', async () => {
  const [first, second] = [
    await xlsx(['t', kindColumns, [kindRow]]),
    await xlsx(['t', kindColumns, [kindRow]]),
  ];
  assert.ok(first.bytes.equals(second.bytes));
});
