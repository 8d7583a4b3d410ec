import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSheets } from './testSheets.ts';

test('a filter hides rows, a paste passes over them, and values that are written do not', async (t) => {
  const { put, get, ask, change } = await testSheets(t);
  await put('A1', [['k'], ['a'], ['b'], ['a'], ['b']]);
  await put('C1', [[1], [2], [3]]);
  const hiddenValues = ['a'];
  const range = { sheetId: 0, startRowIndex: 0, endRowIndex: 5, startColumnIndex: 0, endColumnIndex: 1 };
  const filter = { range, criteria: { 0: { hiddenValues } } };
  assert.equal((await change({ setBasicFilter: { filter } })).status, 200);
  const { json } = await ask('GET', '?fields=sheets.basicFilter');
  const filterSpecs = [{ columnIndex: 0, filterCriteria: { hiddenValues } }];
  assert.deepEqual(json.sheets[0].basicFilter, { ...filter, filterSpecs });
  const column = (startColumnIndex: number) => ({
    ...{ startRowIndex: 0, endRowIndex: 3 },
    ...{ startColumnIndex, endColumnIndex: startColumnIndex + 1 },
  });
  const paste = { copyPaste: { source: column(2), destination: column(1), pasteType: 'PASTE_VALUES' } };
  await change(paste);
  assert.deepEqual((await get('B1:B5')).json.values, [[1], [], [2], [], [3]]);
  await put('B1', [[7], [8], [9]]);
  assert.deepEqual((await get('B1:B5')).json.values, [[7], [8], [9], [], [3]]);
  assert.equal((await change({ clearBasicFilter: { sheetId: 0 } }, paste)).status, 200);
  assert.deepEqual((await get('B1:B5')).json.values, [[1], [2], [3], [], [3]]);
  const condition = { condition: { type: 'NOT_BLANK' } };
  const unknown = await change({ setBasicFilter: { filter: { range, criteria: { 0: condition } } } });
  assert.match(unknown.json.error.message, /does not know conditions of a filter/);
});
