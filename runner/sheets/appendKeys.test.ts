import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sheetsWorld } from './sheetsFixture.ts';

const append = { name: 'Keys', query: 'SELECT k FROM keys', mode: 'Append' as const, keyColumn: 'k' };

// In each case the keys come in two parts; what lies around the border of the lookback must neither double nor be lacking.
for (const [what, type, first, second] of [
  ['text of a collation of its own', 'text COLLATE "und-x-icu"', ['a', 'B', 'c', 'D'], ['A', 'b', 'E', 'f']],
  ['text in the order of bytes', 'text COLLATE "C"', ['a', 'B', 'c', 'D'], ['d', 'e', 'E', 'Z']],
  ['char(n), whose blanks count', 'char(4)', ['a', 'ab', 'b'], ['ba', 'c', 'z']],
  ['numeric, whose places count', 'numeric', ['1.10', '2', '3.00'], ['2.5', '10', '4.000']],
  ['timestamptz', 'timestamptz', ['2026-02-10 02:00+03', '2026-03-01'], ['2026-02-28 12:00', '2026-04-01']],
  ['uuid', 'uuid', ['0b', '7c'].map(uuid), ['7b', 'ff'].map(uuid)],
  ['a domain', 'label', ['a', 'b'], ['ab', 'c']],
  ['bit strings', 'varbit', ['1', '01', '0'], ['11', '111']],
] as const) {
  test(`keys of an Append are found again: ${what}`, async (t) => {
    const sheets = await sheetsWorld(
      t,
      `CREATE DOMAIN label AS text; CREATE TABLE keys (k ${type} PRIMARY KEY)`,
    );
    const insert = (keys: readonly string[]) =>
      sheets.sql(`INSERT INTO keys VALUES ${keys.map((key) => `('${key}')`).join(', ')}`);
    await insert(first);
    assert.equal((await sheets.run([append])).rows, first.length);
    const before = await sheets.values('Keys');
    await insert(second);
    for (const lookback of [0, 1, 2, 10]) {
      const { result, message } = await sheets.run([{ ...append, lookback }]);
      assert.equal(result, 'Succeeded', String(message));
      const keys = (await sheets.values('Keys')).map(([key]) => key);
      assert.equal(new Set(keys).size, keys.length, `doubled with lookback ${lookback}: ${keys}`);
    }
    const found = await sheets.values('Keys');
    assert.deepEqual(found.slice(0, before.length), before);
    assert.equal(found.length, before.length + second.length);
    assert.equal((await sheets.run([{ ...append, lookback: 1 }])).rows, 0);
  });
}

function uuid(start: string): string {
  return `${start}000000-0000-4000-8000-000000000000`;
}
