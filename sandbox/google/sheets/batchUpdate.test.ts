import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, testSheets } from './testSheets.ts';

const invalid = (message: string) => [400, 'INVALID_ARGUMENT', `Invalid requests[0].${message}`];
const tooMany =
  'This action would increase the number of cells in the workbook above the limit of 10000000 cells.';

test('a staging tab takes the place of a tab in one request, and nothing of it is left', async (t) => {
  const { put, change, fake, id } = await testSheets(t);
  await put('A1', [['old', 'old'], ['old'], ['old']]);
  const added = await change({
    addSheet: {
      properties: { title: 'staging', hidden: true, gridProperties: { rowCount: 2, columnCount: 2 } },
    },
  });
  const { sheetId } = added.json.replies[0].addSheet.properties;
  await put('staging!A1', [[1, 'two'], [3]]);
  const swapped = await change(
    {
      updateSheetProperties: {
        properties: { sheetId: 0, gridProperties: { rowCount: 4, columnCount: 2 } },
        fields: 'gridProperties.columnCount,gridProperties.rowCount',
      },
    },
    {
      copyPaste: {
        source: { sheetId, startRowIndex: 0, endRowIndex: 2, startColumnIndex: 0, endColumnIndex: 2 },
        destination: { sheetId: 0, startRowIndex: 0, endRowIndex: 2, startColumnIndex: 0, endColumnIndex: 2 },
        pasteType: 'PASTE_VALUES',
      },
    },
    { updateCells: { range: { sheetId: 0, startRowIndex: 2 }, fields: 'userEnteredValue' } },
    { deleteSheet: { sheetId } },
  );
  assert.deepEqual(swapped.json, { spreadsheetId: id, replies: [{}, {}, {}, {}] });
  assert.deepEqual(fake.sheets(id), [
    { id: 0, title: 'Sheet1', hidden: false, rowCount: 4, columnCount: 2, values: [[1, 'two'], [3]] },
  ]);
});

test('one request that is refused undoes all before it', async (t) => {
  const { put, change, fake, id } = await testSheets(t);
  await put('A1', [['a']]);
  const before = fake.sheets(id);
  const refused = await change(
    { addSheet: { properties: { title: 'new' } } },
    { updateCells: { range: { sheetId: 0 }, fields: '*' } },
    { deleteSheet: { sheetId: 77 } },
  );
  assert.deepEqual(refusal(refused), [
    400,
    'INVALID_ARGUMENT',
    'Invalid requests[2].deleteSheet: No sheet with id: 77',
  ]);
  assert.deepEqual(fake.sheets(id), before);
});

test('tabs are refused in the words of Google', async (t) => {
  const { change } = await testSheets(t, { sheets: [{ title: 'One' }, { title: 'Two', hidden: true }] });
  const add = (properties: object) => change({ addSheet: { properties } });
  const update = (properties: object, fields: string) =>
    change({ updateSheetProperties: { properties, fields } });
  const taken = 'A sheet with the name "ONE" already exists. Please enter another name.';
  const cases: [ReturnType<typeof change>, string][] = [
    [add({ title: 'ONE' }), `addSheet: ${taken}`],
    [add({ title: 'x'.repeat(101) }), 'addSheet: The sheet name cannot be greater than 100 characters.'],
    [add({ sheetId: 1 }), 'addSheet: Sheet with id 1 already exists.'],
    [add({ sheetId: -1 }), 'addSheet: Sheet id must be non-negative.'],
    [add({ gridProperties: { rowCount: 5_000_000 } }), `addSheet: ${tooMany}`],
    [
      change({ deleteSheet: { sheetId: 0 } }),
      "deleteSheet: You can't remove all the visible sheets in a document.",
    ],
    [
      update({ sheetId: 0, hidden: true }, 'hidden'),
      "updateSheetProperties: You can't remove all the visible sheets in a document.",
    ],
    [update({ sheetId: 1, title: 'ONE' }, 'title'), `updateSheetProperties: ${taken}`],
    [update({ sheetId: 1 }, 'title'), 'updateSheetProperties: The sheet name cannot be empty.'],
    [update({ sheetId: 9, title: 'x' }, 'title'), 'updateSheetProperties: No sheet with id: 9'],
    [
      update({ sheetId: 0, title: 'x' }, ''),
      "updateSheetProperties: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
    ],
    [
      update({ sheetId: 0, gridProperties: { frozenRowCount: 1 } }, 'gridProperties'),
      "updateSheetProperties: You can't delete all the rows on the sheet.",
    ],
    [
      update({ sheetId: 0, gridProperties: { frozenRowCount: 1000 } }, 'gridProperties.frozenRowCount'),
      "updateSheetProperties: You can't freeze all visible rows on the sheet.",
    ],
  ];
  for (const [asked, words] of cases) assert.deepEqual(refusal(await asked), invalid(words));
});

test('the rows of a new size are checked with the old columns', async (t) => {
  const { change } = await testSheets(t);
  const gridProperties = { rowCount: 400_000, columnCount: 10 };
  const resize = (...names: string[]) =>
    change(
      ...names.map((name) => ({
        updateSheetProperties: { properties: { gridProperties }, fields: name },
      })),
    );
  for (const mask of [
    'gridProperties',
    'gridProperties(columnCount,rowCount)',
    'gridProperties/columnCount,gridProperties/rowCount',
  ])
    assert.deepEqual(refusal(await resize(mask)), invalid(`updateSheetProperties: ${tooMany}`));
  assert.equal((await resize('gridProperties.columnCount', 'gridProperties.rowCount')).status, 200);
});

test('a tab is renamed, hidden, moved and made smaller, and only what is named changes', async (t) => {
  const { put, change, fake, id } = await testSheets(t, {
    sheets: ['a', 'b', 'c'].map((title) => ({ title, rowCount: 4, columnCount: 4 })),
  });
  await put('a!A1', [[1, '', 3], [4]]);
  await put('a!A3', [[5]]);
  const update = (properties: object, fields: string) =>
    change({ updateSheetProperties: { properties, fields } });
  const titles = () => fake.sheets(id).map(({ title }) => title);
  await update({ title: 'ignored', index: 2 }, 'index');
  assert.deepEqual(titles(), ['b', 'a', 'c']);
  await update({ index: 0 }, 'index');
  assert.deepEqual(titles(), ['a', 'b', 'c']);
  await update(
    { title: 'A', hidden: true, gridProperties: { rowCount: 2, columnCount: 2 } },
    'title,hidden,gridProperties(rowCount,columnCount)',
  );
  assert.deepEqual(fake.sheets(id)[0], {
    id: 0,
    title: 'A',
    hidden: true,
    rowCount: 2,
    columnCount: 2,
    values: [[1], [4]],
  });
  fake.protectRange(id, 'b!B:B');
  const grid = (rowCount: number, columnCount: number) =>
    update({ sheetId: 1, gridProperties: { rowCount, columnCount } }, 'gridProperties');
  assert.equal((await grid(9, 9)).status, 200);
  assert.match((await grid(9, 1)).json.error.message, /protected cell/);
  assert.match((await grid(8, 9)).json.error.message, /protected cell/);
  assert.match((await update({ sheetId: 1 }, 'colour')).json.error.message, /does not know the field colour/);
});

test('rows and columns are added and taken away', async (t) => {
  const { put, change, fake, id } = await testSheets(t, {
    sheets: [{ title: 'a', rowCount: 3, columnCount: 2 }],
  });
  await put('A1', [
    ['a1', 'b1'],
    ['a2', 'b2'],
    ['a3', 'b3'],
  ]);
  const range = (dimension: string, startIndex: number, endIndex: number) => ({
    range: { dimension, startIndex, endIndex },
  });
  await change(
    { appendDimension: { dimension: 'ROWS', length: 2 } },
    { insertDimension: range('COLUMNS', 1, 2) },
    { insertDimension: range('ROWS', 1, 2) },
    { deleteDimension: range('ROWS', 2, 3) },
  );
  const [{ rowCount, columnCount, values } = assert.fail()] = fake.sheets(id);
  assert.deepEqual(
    [rowCount, columnCount, values],
    [5, 3, [['a1', undefined, 'b1'], [], ['a3', undefined, 'b3']]],
  );
  const cases: [ReturnType<typeof change>, string][] = [
    [
      change({ deleteDimension: range('ROWS', 4, 6) }),
      "deleteDimension: Cannot delete a row that doesn't exist. Tried to delete row index 5 but there are only 5 rows.",
    ],
    [
      change({ deleteDimension: range('COLUMNS', 0, 3) }),
      "deleteDimension: You can't delete all the columns on the sheet.",
    ],
    [
      change({ insertDimension: range('ROWS', 5, 6) }),
      'insertDimension: range.startIndex must be less than the grid size (5) if inheritFromBefore is false.',
    ],
    [change({ appendDimension: { dimension: 'ROWS', length: 4_000_000 } }), `appendDimension: ${tooMany}`],
  ];
  for (const [asked, words] of cases) assert.deepEqual(refusal(await asked), invalid(words));
});

test('a copy is repeated where the destination is a multiple, and whole where it is smaller', async (t) => {
  const { put, get, change } = await testSheets(t);
  await put('A1', [[1, 2]]);
  await put('A3', [['x', 'x', 'x']]);
  const area = (row: number, rows: number, column: number, columns: number) => ({
    startRowIndex: row,
    endRowIndex: row + rows,
    startColumnIndex: column,
    endColumnIndex: column + columns,
  });
  const paste = (destination: object) =>
    change({ copyPaste: { source: area(0, 1, 0, 2), destination, pasteType: 'PASTE_NORMAL' } });
  await paste(area(3, 2, 0, 4));
  await paste(area(2, 1, 1, 1));
  assert.deepEqual((await get('A3:D5')).json.values, [
    ['x', 1, 2],
    [1, 2, 1, 2],
    [1, 2, 1, 2],
  ]);
  assert.match((await paste(area(999, 1, 25, 1))).json.error.message, /exceeds grid limits/);
  assert.match((await paste({ sheetId: 5 })).json.error.message, /copyPaste: No grid with id: 5$/);
});

test('cells are updated with typed values, within their range', async (t) => {
  const { get, change } = await testSheets(t);
  const rows = [
    { values: [{ userEnteredValue: { stringValue: '=1' } }, { userEnteredValue: { numberValue: 2 } }] },
    { values: [{ userEnteredValue: { boolValue: true } }] },
  ];
  const fields = 'userEnteredValue';
  assert.equal((await change({ updateCells: { rows, fields, start: { rowIndex: 1 } } })).status, 200);
  assert.deepEqual((await get('A1:B3')).json.values, [[], ['=1', 2], [true]]);
  const narrow = { startRowIndex: 0, endRowIndex: 2, startColumnIndex: 0, endColumnIndex: 1 };
  assert.deepEqual(
    refusal(await change({ updateCells: { rows, fields, range: narrow } })),
    invalid('updateCells: Attempting to write column: 1, beyond the last requested column of: 0'),
  );
  const formula = [{ values: [{ userEnteredValue: { formulaValue: '=1' } }] }];
  const unknown = await change({ updateCells: { rows: formula, fields, start: {} } });
  assert.match(unknown.json.error.message, /The fake does not know formulas/);
});

test('requests that do not exist are told from those that the fake lacks', async (t) => {
  const { change, ask } = await testSheets(t);
  assert.match(
    (await change({ frobnicate: {} })).json.error.message,
    /Unknown name "frobnicate" at 'requests\[0\]'/,
  );
  assert.match(
    (await change({ findReplace: {} })).json.error.message,
    /The fake does not know the request findReplace/,
  );
  assert.equal((await change()).json.error.message, 'Must specify at least one request.');
  assert.match((await change({ deleteSheet: {}, addSheet: {} })).json.error.message, /oneof field/);
  assert.match(
    (await change({ deleteSheet: { id: 1 } })).json.error.message,
    /Unknown name "id" at 'requests\[0\]\.deleteSheet'/,
  );
  assert.equal((await ask('GET', '/sheets/0:copyTo')).status, 400);
});
