import assert from 'node:assert/strict';
import { unzipped } from './exporters/rowTesting.ts';
import type { ReadSet, TableText } from './setFixture.ts';

/** Whether two texts are equal, byte for byte; or, where only the order of rows may differ, line for line. */
export type Equality = (actual: string, expected: string) => boolean;
/** Byte for byte. */
export const inOrder: Equality = (actual, expected) => actual === expected;
/** Line for line: COPY FROM fills gaps in earlier pages, so that a restored table may give its rows in another order. */
export const inAnyOrder: Equality = (actual, expected) => sortedLines(actual) === sortedLines(expected);
const sortedLines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .sort()
    .join('\n');

/** The CSV and the JSON of a set are what COPY and row_to_json say of the same database. */
export function assertSameBytes({ file }: ReadSet, truth: TableText[], equal: Equality): void {
  const entries = unzipped(file('csv').content);
  const nameOf = (title: string) => `${title.replaceAll('"', '_')}.csv`;
  assert.deepEqual([...entries.keys()].sort(), truth.map(({ title }) => nameOf(title)).sort());
  for (const { title, csv } of truth) {
    const entry = String(entries.get(nameOf(title)));
    assert.ok(equal(entry, String(csv)), `${title}: the CSV is not what COPY gives`);
  }
  const json = String(file('json').content);
  assert.deepEqual(
    Object.keys(JSON.parse(json)),
    truth.map(({ title }) => title),
  );
  const expected = `{\n${truth.map((table) => table.json).join(',\n')}\n}\n`;
  assert.ok(equal(json, expected), "the JSON is not row_to_json's");
}
