import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSheets } from './testSheets.ts';

test('a protected range moves with its rows and columns, grows by what is inserted within, and goes with the last', async (t) => {
  const { fake, id, put, change, ask } = await testSheets(t);
  fake.protectRange(id, 'B3:C5');
  const own = { range: { sheetId: 0, startRowIndex: 9, endRowIndex: 11 } };
  await change({ addProtectedRange: { protectedRange: own } });
  const dimension = (name: 'insertDimension' | 'deleteDimension', kind: string, start: number, end: number) =>
    change({ [name]: { range: { dimension: kind, startIndex: start, endIndex: end } } });
  const ranges = async () => {
    const { json } = await ask('GET', '?fields=sheets.protectedRanges.range');
    const found = (json.sheets[0].protectedRanges ?? []) as { range: Record<string, number> }[];
    return found.map(({ range }) => [
      ...[range.startRowIndex, range.endRowIndex],
      ...[range.startColumnIndex, range.endColumnIndex],
    ]);
  };
  const free = [undefined, undefined];
  // Just before the range, and within it, and just behind.
  await dimension('insertDimension', 'ROWS', 2, 4);
  assert.deepEqual(await ranges(), [
    [4, 7, 1, 3],
    [11, 13, ...free],
  ]);
  assert.equal((await put('B4', [[1]])).status, 200);
  assert.equal((await put('B5', [[1]])).status, 400);
  await dimension('insertDimension', 'ROWS', 5, 6);
  await dimension('insertDimension', 'ROWS', 8, 9);
  await dimension('insertDimension', 'COLUMNS', 0, 1);
  assert.deepEqual(await ranges(), [
    [4, 8, 2, 4],
    [13, 15, ...free],
  ]);
  await dimension('deleteDimension', 'ROWS', 0, 3);
  await dimension('deleteDimension', 'ROWS', 9, 11);
  assert.deepEqual(await ranges(), [
    [1, 5, 2, 4],
    [9, 10, ...free],
  ]);
  await dimension('deleteDimension', 'ROWS', 8, 10);
  assert.deepEqual(await ranges(), [[1, 5, 2, 4]]);
});
