import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gspreadRead } from '../../sandbox/google/gspreadRead.ts';
import { sheetsWorld } from './sheetsFixture.ts';

const sql = `
CREATE TABLE items (id int PRIMARY KEY, big bigint, price numeric(8, 2), ratio float8, sold boolean, day date, at timestamptz, name text);
INSERT INTO items VALUES
  (1, 9007199254740993, 7.50, 0.5, true, '2026-02-10', '2026-02-10 02:00:00+03', '=1+1'),
  (2, NULL, NULL, 'NaN', false, NULL, NULL, E'\\'00123'),
  (3, 7, -0.01, -1e300, NULL, '0044-03-15 BC', 'infinity', 'Ünï 🦀, "x"')`;
const header = ['id', 'big', 'price', 'ratio', 'sold', 'day', 'at', 'name'];

test("python's gspread finds the spreadsheet by its name and reads what a sync wrote, type by type", async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const items = { name: "Ann's items!", table: 'public.items' };
  const append = {
    name: 'Appended',
    query: 'SELECT id, name FROM items',
    mode: 'Append' as const,
    keyColumn: 'id',
  };
  for (const _ of [1, 2]) assert.equal((await sheets.run([items, append])).result, 'Succeeded');
  const read = await gspreadRead(t, sheets.world.google, 'Shop');
  if (read === undefined) return;
  assert.equal(read.id, sheets.id);
  assert.deepEqual(
    read.tabs.map(({ title, hidden }) => [title, hidden]),
    [
      ['Sheet1', false],
      ["Ann's items!", false],
      ['Appended', false],
    ],
  );
  assert.deepEqual(read.tabs[1]?.values, [
    header,
    [1, '9007199254740993', '7.50', 0.5, true, '2026-02-10', '2026-02-09 23:00:00+00', '=1+1'],
    [2, '', '', 'NaN', false, '', '', "'00123"],
    [3, '7', '-0.01', -1e300, '', '0044-03-15 BC', 'infinity', 'Ünï 🦀, "x"'],
  ]);
  assert.deepEqual(read.tabs[2]?.values, [
    ['id', 'name'],
    [1, '=1+1'],
    [2, "'00123"],
    [3, 'Ünï 🦀, "x"'],
  ]);
});
