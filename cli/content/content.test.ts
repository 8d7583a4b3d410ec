import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { decompressed } from '../../runner/content/decompressed.ts';
import { ignoreContent, readBack } from '../../runner/content/readBack.ts';
import { ContentError } from '../../runner/content/tableRows.ts';
import { zipEntries } from '../../runner/content/zipEntries.ts';
import { rowExporter } from '../../runner/exporters/rowExporter.ts';
import { sheetsAsTables } from './countRows.ts';
import { csvRecords } from './csvRecords.ts';
import { csvRows } from './csvRows.ts';
import { jsonRows } from './jsonRows.ts';
import { sqlRows } from './sqlRows.ts';
import { xlsxRows } from './xlsxRows.ts';

/** The bytes in pieces of a length, so that every boundary is met. */
async function* pieces(content: string | Uint8Array, length = 3): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as Uint8Array);
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

const bytesOf = async (content: AsyncIterable<Uint8Array>) => {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
};

/** A file with a table for each number of rows, made by the real exporter. */
async function exported(format: 'csv' | 'xlsx' | 'json', rows: readonly number[], value = 'x"\n,y') {
  const parts: Buffer[] = [];
  const sink = { write: async (chunk: Uint8Array) => void parts.push(Buffer.from(chunk)) };
  const exporter = rowExporter({ format, tables: 'several', compression: 'None', time: new Date(0) }, sink);
  for (const [index, count] of rows.entries()) {
    const column = { name: 'text', type: 25, typeKind: 'b', array: false, generated: false };
    const title = `t${index}`;
    await exporter.beginTable({ schema: 'public', name: title, title, columns: [column] });
    const message = dataRow(value);
    for (let row = 0; row < count; row++) exporter.rows(message, 0, message.length);
    await exporter.endTable();
  }
  await exporter.end();
  return Buffer.concat(parts);
}

function dataRow(value: string): Buffer {
  const field = Buffer.from(value);
  const message = Buffer.alloc(11 + field.length);
  message.write('D');
  message.writeInt32BE(message.length - 1, 1);
  message.writeInt16BE(1, 5);
  message.writeInt32BE(field.length, 7);
  message.set(field, 11);
  return message;
}

async function zipped(archive: AsyncIterable<Uint8Array>) {
  const found: [string, number][] = [];
  for await (const { name, content } of zipEntries(archive)) found.push([name, await csvRows(content)]);
  return found;
}

test('CSV rows are counted past line breaks in quotes, empty lines and the header', async () => {
  const content = 'text\n"a\nb"\n\n""\n"say ""\n"""\n';
  assert.equal(await csvRows(pieces(content)), 4);
  assert.equal(await csvRecords(pieces(content)), 4);
  assert.equal(await csvRows(pieces('a,b\n')), 0);
});

test('CSV with a quote that does not close or a field too many is refused without its row', async () => {
  for (const content of ['a,b\n1,"canary-row\n', 'a,b\n1,"canary"row\n', 'a,b\n1,2,canary\n', '']) {
    await assert.rejects(csvRows(pieces(content)), (error) => {
      assert.ok(error instanceof ContentError, String(error));
      assert.ok(!error.message.includes('canary'));
      return true;
    });
  }
});

test('a zip archive of the exporter is read wherever its pieces begin', async () => {
  const archive = await exported('csv', [0, 3, 200_000]);
  const expected = [
    ['t0.csv', 0],
    ['t1.csv', 3],
    ['t2.csv', 200_000],
  ];
  for (const length of [7, 4096, 1 << 20]) assert.deepEqual(await zipped(pieces(archive, length)), expected);
});

test('a zip archive that is cut off or has a changed byte is refused', async () => {
  const archive = await exported('csv', [2, 5]);
  for (let length = 0; length < archive.length - 22; length += 3) {
    await assert.rejects(zipped(pieces(archive.subarray(0, length), 50)), ContentError);
  }
  // The header's checksum, and what the first entry holds.
  for (const at of [14, 36, 37, 38, 39, 40]) {
    const changed = Buffer.from(archive);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    await assert.rejects(zipped(pieces(changed, 50)), ContentError, `byte ${at}`);
  }
});

test('every sheet of a workbook is parsed and counted', async () => {
  const workbook = await exported('xlsx', [0, 1, 5000], 'Ä <&> 🙂');
  assert.deepEqual(await xlsxRows(pieces(workbook, 1000)), [0, 1, 5000]);
});

test('sheets belong to tables in their order, a longer table going on in the next sheet', () => {
  const tables = [
    { title: 'empty', rows: 0 },
    { title: 'long', rows: 1_048_576 },
    { title: 'last', rows: 1 },
  ];
  assert.deepEqual(
    sheetsAsTables([0, 1_048_575, 1, 1], tables),
    tables.map(({ title, rows }) => ({ name: title, rows })),
  );
  assert.equal(sheetsAsTables([0, 1_048_575, 1], tables)[2]?.rows, 0);
  assert.throws(() => sheetsAsTables([0, 1_048_575, 1, 1, 5], tables), /1 sheets too many/);
  assert.deepEqual(sheetsAsTables([0], []), []);
});

test('JSON rows are counted by table, whatever their values hold', async () => {
  const rows = [{ a: 1, b: '}],"x":[{' }, { a: [[{}], -1.5e-7], b: { c: null } }, {}];
  const content = JSON.stringify({ t: rows, 'Ä "quoted"': [], u: [{ a: '\\"\u0001 Ä' }] }, undefined, 1);
  assert.deepEqual(await jsonRows(pieces(content)), [
    { name: 't', rows: 3 },
    { name: 'Ä "quoted"', rows: 0 },
    { name: 'u', rows: 1 },
  ]);
  assert.deepEqual(await jsonRows(pieces(await exported('json', [2, 0]))), [
    { name: 't0', rows: 2 },
    { name: 't1', rows: 0 },
  ]);
  assert.deepEqual(await jsonRows(pieces('{}\n')), []);
});

test('JSON that JSON.parse refuses is refused, and so is a document of another shape', async () => {
  const wrong = [
    ...['', '{', '{"t":[{}]', '{"t":[{}],}', '{"t":[{},]}', '{"t":[{}]}}', '{"t":[{}]} 1', '{"t" [{}]}'],
    ...['{"t":[{"a":01}]}', '{"t":[{"a":tru}]}', '{"t":[{"a":"\n"}]}', '{"t":[{"a":"\\x"}]}', '{t:[]}'],
    ...[
      '{"t":[{"a":"\\u12g4"}]}',
      '{"t":[{"a" 1}]}',
      '{"t":[{"a":1 "b":2}]}',
      '{"t":[}]',
      '{,}',
      '{"t":[[]}]',
    ],
    ...['{"t":[{"a":}]}', '{"t":[{"a":1,}]}', '{"t":[{"a":.5}]}', '{"t":[{"a":1e}]}', '{"t":[{1:2}]}'],
  ];
  for (const content of wrong) {
    assert.throws(() => JSON.parse(content), content);
    await assert.rejects(jsonRows(pieces(content, 1)), ContentError, content);
  }
  for (const content of ['[]', '{"t":1}', '{"t":[1]}', '{"t":[],"t":[]}', '1', '"x"']) {
    await assert.rejects(jsonRows(pieces(content, 1)), ContentError, content);
  }
  await assert.rejects(jsonRows(pieces(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))), ContentError);
});

test('JSON that JSON.parse accepts is accepted', async () => {
  for (const value of [
    '0',
    '-0',
    '1E+5',
    '-0.0e-1',
    '""',
    '"\\u00e4\\/\\n"',
    '[]',
    '{}',
    '[1,[2]]',
    ' true ',
  ]) {
    assert.deepEqual(
      await jsonRows(pieces(`{"t":[{"a":${value}}]}`, 1)),
      [{ name: 't', rows: 1 }],
      value.slice(0, 99),
    );
  }
});

test('the scanner judges every JSON document, sound or with one byte changed, as JSON.parse does', async () => {
  const rows = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { maxLength: 4 });
  const change = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(...Buffer.from('{}[],:"\\ \n\t0-1.eEntu/x\u0001')),
  });
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.option(change),
      fc.integer({ min: 1, max: 9 }),
      async (rows, change, length) => {
        const bytes = Buffer.from(JSON.stringify({ t: rows }));
        if (change) bytes[change.at % bytes.length] = change.byte;
        let expected: number | undefined;
        try {
          const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
          const [table] = Object.values(value);
          if (isObject(value) && Array.isArray(table) && table.every(isObject)) expected = table.length;
        } catch {
          // Refused by JSON.parse.
        }
        const found = await jsonRows(pieces(bytes, length)).catch((error) => {
          assert.ok(error instanceof ContentError, error);
          return undefined;
        });
        assert.equal(found?.[0]?.rows, expected);
        if (expected !== undefined) accepted++;
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(accepted > 200 && accepted < 1900, `${accepted} documents were sound`);
});

const dump = `--
-- PostgreSQL database dump
--
CREATE FUNCTION public.f() RETURNS text AS $$
COPY public.fake (a) FROM stdin;
$$;
CREATE TABLE public.plain (
CREATE TABLE public.empty (
CREATE TABLE public."My ""Table""" (
CREATE TABLE public.orders (
CREATE TABLE public.orders_2025 (
ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2025 FOR VALUES FROM (1) TO (2);
-- Data for Name: plain; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.plain (a, b) FROM stdin;
1\t-- PostgreSQL database dump complete
2\tÄ
\\.
-- Data for Name: My "Table"; Type: TABLE DATA; Schema: public; Owner: -
COPY public."My ""Table""" (a) FROM stdin;
x
\\.
-- Data for Name: orders_2025; Type: TABLE DATA; Schema: public; Owner: -
COPY public.orders_2025 (a) FROM stdin;
${'9'.repeat(50_000)}
\\.
`;
const lastWords = '--\n-- PostgreSQL database dump complete\n--\n';

test('rows of a dump are those of its COPY blocks, partitions counted for their root', async () => {
  assert.deepEqual(await sqlRows(pieces(dump + lastWords, 1000)), [
    { name: 'public.plain', rows: 2 },
    { name: 'public.empty', rows: 0 },
    { name: 'public.My "Table"', rows: 1 },
    { name: 'public.orders', rows: 1 },
  ]);
});

test('a dump without its last words, or cut within a table, is refused', async () => {
  await assert.rejects(sqlRows(pieces(dump, 1000)), /last words/);
  await assert.rejects(sqlRows(pieces(dump.slice(0, -3) + lastWords, 1000)), /middle of a table/);
});

test('gzip and zstd of many frames are decompressed to the end, and what is cut off is refused', async () => {
  const text = Buffer.from('0123456789'.repeat(1000));
  const zstd = Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)]);
  for (const [name, content, expected] of [
    ['a.sql.gz', gzipSync(text), text],
    ['a.json.zst', zstd, Buffer.concat([text, text])],
    ['a.csv', text, text],
  ] as const) {
    assert.deepEqual(await bytesOf(decompressed(name, pieces(content, 100))), expected, name);
  }
  for (const [name, content] of [
    ['a.sql.gz', gzipSync(text)],
    ['a.json.zst', zstd],
  ] as const) {
    const cut = content.subarray(0, content.length - 5);
    await assert.rejects(bytesOf(decompressed(name, pieces(cut, 100))), ContentError, name);
  }
});

test('the whole stream is hashed though its reader stops early or fails', async () => {
  const whole = await readBack(pieces('content'), ignoreContent, () => {});
  for (const error of [new ContentError('bad'), undefined]) {
    let counted = 0;
    const found = await readBack(
      pieces('content'),
      async (content) => {
        for await (const _ of content) break;
        if (error) throw error;
      },
      (bytes) => {
        counted += bytes;
      },
    );
    assert.equal(found.sha256, whole.sha256);
    assert.equal(found.bytes, 7);
    assert.equal(counted, 7);
    assert.equal(found.content.status, error ? 'rejected' : 'fulfilled');
  }
});

test('a stream that breaks off is told as what it is, not as bad content', async () => {
  const broken = async function* () {
    yield Buffer.from('a,b\n');
    throw new Error('connection lost');
  };
  for (const read of [
    csvRows,
    jsonRows,
    sqlRows,
    xlsxRows,
    (content: AsyncIterable<Uint8Array>) => bytesOf(decompressed('a.gz', content)),
  ]) {
    await assert.rejects(
      readBack<unknown>(broken(), read, () => {}),
      /connection lost/,
    );
  }
});
