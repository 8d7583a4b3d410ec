import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ContentError } from '../content/tableRows.ts';
import { PsqlEnded } from '../database/psql.ts';
import { anyText } from '../exporters/typeValues.ts';
import { compareRows } from './compareRows.ts';
import { jsonTables } from './jsonTables.ts';
import { restoreError } from './restoreError.ts';
import { refuseSource } from './targetDatabase.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
}

async function rowsOf(text: string, size: number): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for await (const { table, begins, rows } of jsonTables(pieces(text, size))) {
    if (begins) tables[table] = [];
    tables[table]?.push(...rows.map((row) => JSON.parse(row.toString())));
  }
  return tables;
}

test('a document is cut into its rows, wherever it is cut into pieces', async () => {
  const row = fc.dictionary(anyText, fc.oneof(anyText, fc.jsonValue()), { noNullPrototype: true });
  const name = anyText.filter((text) => text !== '__proto__');
  const document = fc.dictionary(name, fc.array(row, { maxLength: 5 }), { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(document, fc.integer({ min: 1, max: 40 }), async (tables, size) => {
      const text = JSON.stringify(tables, null, size % 2);
      assert.deepEqual(await rowsOf(text, size), JSON.parse(text));
    }),
  );
});

for (const text of ['', '{"a":[{"b":1}', '{"a":{}}', '[]', '{"a":[1]}]', '{}{}', '{"a":["x"]}}']) {
  test(`${text || 'nothing'} is no document of tables`, async () => {
    await assert.rejects(rowsOf(text, 3), ContentError);
  });
}

test('tables that differ are named, five at most; what is computed is only noted', () => {
  const table = (title: string, rows: number, found: number, kind = 'r') => {
    return { schema: 'public', name: title, title, rows, found, kind };
  };
  assert.deepEqual(compareRows([table('a', 1, 1), table('m', 3, 2, 'm')]), [
    'm has 2 rows instead of 3: it is computed anew.',
  ]);
  const many = Array.from({ length: 7 }, (_, index) => table(`t${index}`, 1000, index));
  assert.throws(() => compareRows(many), {
    reason: 'RowsDiffer',
    message: /^t0 has 0 rows instead of 1,000, .* t4 has 4 rows instead of 1,000 and 2 more tables differ\.$/,
  });
});

const said: [words: string, status: number, reason: string, message: RegExp][] = [
  [
    'psql:<stdin>:12: ERROR:  23505: duplicate key value\nDETAIL:  Key (name)=(Geheim) already exists.\nCONTEXT:  COPY orders, line 5\n',
    3,
    'RestoreFailed',
    /^PostgreSQL refused while loading table orders: SQLSTATE 23505\.$/,
  ],
  [
    'psql:<stdin>:9: ERROR:  42704: role "ann" does not exist\nLOCATION: x',
    3,
    'RestoreFailed',
    /role "ann" does not exist/,
  ],
  [
    'psql:<stdin>:9: ERROR:  0A000: extension "postgis" is not available\n',
    3,
    'RestoreFailed',
    /"postgis" is not available/,
  ],
  [
    'psql:<stdin>:9: ERROR:  42P01: relation "Geheim" does not exist\n',
    3,
    'RestoreFailed',
    /: SQLSTATE 42P01\.$/,
  ],
  ['psql:<stdin>:9: ERROR:  53200: out of shared memory\n', 3, 'RestoreFailed', /out of shared memory/],
  [
    'psql:<stdin>:9: FATAL:  57P01: terminating connection\n',
    2,
    'DatabaseUnreachable',
    /terminating connection/,
  ],
  [
    'psql:<stdin>:9: server closed the connection unexpectedly\n',
    2,
    'DatabaseUnreachable',
    /lost its connection/,
  ],
  ['invalid command \\restrict\n', 3, 'PsqlTooOld', /restrict/],
  ['Geheim\n', 1, 'RestoreFailed', /^psql ended with exit status 1 while working\.$/],
];
for (const [words, status, reason, message] of said) {
  test(`psql that ends with "${words.split('\n')[0]}" is ${reason}`, () => {
    const error = restoreError(new PsqlEnded(status, words), 'working') as Error & { reason: string };
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /Geheim/);
  });
}

test('which database a set was taken from is told by its numbers, and by its address only without them', () => {
  const target = {
    host: 'db',
    port: 5432,
    database: 'shop',
    user: 'ann',
    password: undefined,
    sslMode: 'prefer',
  } as const;
  const database = { name: 'shop', serverVersion: '15.1', systemIdentifier: '7', oid: 5 };
  const refuses = (...args: Parameters<typeof refuseSource>) => {
    try {
      refuseSource(...args);
      return false;
    } catch {
      return true;
    }
  };
  const server = { systemIdentifier: '7', databaseOID: 5 };
  assert.ok(refuses({ database }, server, { ...target, host: 'other' }, undefined));
  assert.ok(!refuses({ database }, { ...server, databaseOID: 6 }, target, target), 'dropped and made again');
  assert.ok(!refuses({ database }, { ...server, systemIdentifier: '8' }, target, target), 'another server');
  assert.ok(refuses({ database }, { ...server, systemIdentifier: undefined }, target, target));
  assert.ok(
    !refuses({ database }, { ...server, systemIdentifier: undefined }, { ...target, port: 1 }, target),
  );
  const { name, serverVersion } = database;
  assert.ok(refuses({ database: { name, serverVersion } }, server, target, target));
  assert.ok(!refuses({ database: { name, serverVersion } }, server, target, undefined));
});
