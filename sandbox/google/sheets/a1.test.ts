import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnName, columnNumber, formatA1, parseA1 } from './a1.ts';

const row = fc.integer({ min: 1, max: 10_000_000 });
const column = fc.integer({ min: 1, max: 18_278 });
const ordered = (one: number, other: number) => [Math.min(one, other), Math.max(one, other)] as const;

test('what is written in A1 notation is read as the same range, whatever the title', () => {
  const title = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom("it's", 'A1', 'r1c1', "''", '!'),
  );
  fc.assert(
    fc.property(title, row, row, column, column, (name, row1, row2, column1, column2) => {
      const [startRow, endRow] = ordered(row1, row2);
      const [startColumn, endColumn] = ordered(column1, column2);
      const ranges = [
        { startRow, endRow, startColumn, endColumn },
        { startColumn, endColumn },
        { startRow, endRow },
        { startRow, startColumn, endColumn },
        { startRow, endRow, startColumn },
        {},
      ];
      for (const range of ranges) assert.deepEqual(parseA1(formatA1(name, range)), { title: name, ...range });
    }),
  );
});

test('columns are numbered from A to ZZZ', () => {
  const cases: [string, number][] = [
    ['A', 1],
    ['Z', 26],
    ['AA', 27],
    ['AZ', 52],
    ['ZZ', 702],
    ['AAA', 703],
    ['ZZZ', 18_278],
  ];
  for (const [name, number] of cases) {
    assert.equal(columnNumber(name), number);
    assert.equal(columnName(number), name);
  }
});

test('titles are quoted where Google quotes them', () => {
  for (const title of ['Sales', 'Sheet_1', 'TRUE', 'x.y', 'Sales2']) assert.equal(formatA1(title, {}), title);
  for (const title of ['Probe Tab', 'A1', 'ABC1234', 'R1C1', '2026', 'Ünï', 'a-b'])
    assert.equal(formatA1(title, {}), `'${title}'`);
  assert.equal(formatA1("It's", { startRow: 1, endRow: 1, startColumn: 1, endColumn: 1 }), "'It''s'!A1");
});
