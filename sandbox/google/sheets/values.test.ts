import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, testSheets } from './testSheets.ts';

const invalid = (message: string) => [400, 'INVALID_ARGUMENT', message];

test('values are stored as they are, and read without their empty ends', async (t) => {
  const { put, get } = await testSheets(t);
  const rows = [['=1+1', '007', '', true, 12.5], [], [0.1 + 0.2, 'x', '', '', ''], ['', '']];
  const written = await put('A1:E4', rows);
  assert.deepEqual(written.json.updatedRange, 'Sheet1!A1:E4');
  const { json } = await get('A1:E1000');
  assert.deepEqual(json, {
    range: 'Sheet1!A1:E1000',
    majorDimension: 'ROWS',
    values: [['=1+1', '007', '', true, 12.5], [], [0.30000000000000004, 'x']],
  });
  assert.deepEqual((await get('B1:B4', 'majorDimension=COLUMNS')).json.values, [['007', '', 'x']]);
  assert.deepEqual((await get('F1:G9')).json, { range: 'Sheet1!F1:G9', majorDimension: 'ROWS' });
  assert.deepEqual((await get('A1:E1', '')).json.values, [['=1+1', '007', '', 'TRUE', '12.5']]);
});

test('null leaves a cell as it is, the empty string empties it', async (t) => {
  const { put, get } = await testSheets(t);
  await put('A1', [['a', 'b', 'c']]);
  const { json } = await put('A1', [[null, '', 'C', null]]);
  assert.deepEqual(
    [json.updatedRange, json.updatedRows, json.updatedColumns, json.updatedCells],
    ['Sheet1!A1:D1', 1, 2, 2],
  );
  assert.deepEqual((await get('A1:D1')).json.values, [['a', '', 'C']]);
});

test('columns may come first, and the answer may hold the values', async (t) => {
  const { ask } = await testSheets(t);
  const { json } = await ask('PUT', '/values/B2:C3?valueInputOption=RAW&includeValuesInResponse=true', {
    range: 'sheet1!$B$2:c3',
    majorDimension: 'COLUMNS',
    values: [[1, 2], [3]],
  });
  assert.deepEqual(json.updatedData, {
    range: 'Sheet1!B2:C3',
    majorDimension: 'ROWS',
    values: [['1', '3'], ['2']],
  });
  assert.equal(json.updatedCells, 3);
});

test("ranges are found by every way of A1 notation, and written as Google's answers write them", async (t) => {
  const titles = ['Data', "It's", 'A1', 'x y', 'Sales2', 'Ünï'];
  const { put, get } = await testSheets(t, {
    sheets: titles.map((title) => ({ title, rowCount: 20, columnCount: 6 })),
  });
  for (const title of titles) await put(`'${title.replaceAll("'", "''")}'!A1`, [[title]]);
  const cases: [asked: string, answered: string, first: string][] = [
    ['A1:B2', 'Data!A1:B2', 'Data'],
    ['data!b3:a1', 'Data!A1:B3', 'Data'],
    ['Data!A:B', 'Data!A1:B20', 'Data'],
    ['Data!1:2', 'Data!A1:F2', 'Data'],
    ['Data!A1:C', 'Data!A1:C20', 'Data'],
    ['Data', 'Data!A1:F20', 'Data'],
    ['Data!A1:ZZZ', 'Data!A1:F20', 'Data'],
    ["'It''s'!A1", "'It''s'!A1", "It's"],
    ["'A1'", "'A1'!A1:F20", 'A1'],
    ['A1', 'Data!A1', 'Data'],
    ['x y!A1', "'x y'!A1", 'x y'],
    ['Sales2!A1:A1', 'Sales2!A1', 'Sales2'],
    ['Ünï!A1', "'Ünï'!A1", 'Ünï'],
  ];
  for (const [asked, answered, first] of cases) {
    const { json } = await get(asked);
    assert.deepEqual([json.range, json.values?.[0]?.[0]], [answered, first], asked);
  }
  for (const asked of ['Nothing!A1', 'Data!A', 'Data!A0', 'Data!AAAA1', "It's!A1", 'A1:B2:C3', 'A:B2'])
    assert.deepEqual(refusal(await get(asked)), invalid(`Unable to parse range: ${asked}`));
  assert.match((await get('Data!R1C1:R2C2')).json.error.message, /The fake does not know R1C1/);
});

test('what lies outside the grid is refused, a range that only ends there is cut when it is read', async (t) => {
  const { put, get } = await testSheets(t, { sheets: [{ title: 'a b', rowCount: 3, columnCount: 2 }] });
  const limits = 'exceeds grid limits. Max rows: 3, max columns: 2';
  assert.deepEqual(refusal(await get('A4')), invalid(`Range ('a b'!A4) ${limits}`));
  assert.deepEqual(refusal(await get('C1:D2')), invalid(`Range ('a b'!C1:D2) ${limits}`));
  assert.equal((await get('A2:B9')).json.range, "'a b'!A2:B3");
  assert.deepEqual(refusal(await put('A2:B9', [[1]])), invalid(`Range ('a b'!A2:B9) ${limits}`));
  const within = "Requested writing within range ['a b'!A1:B2], but tried writing to";
  assert.deepEqual(refusal(await put('A1:B2', [[1], [2], [3]])), invalid(`${within} row [3]`));
  assert.deepEqual(refusal(await put('A1:B2', [[1, 2, 3]])), invalid(`${within} column [C]`));
  const anchored = "Requested writing within range ['a b'!A2], but tried writing to";
  assert.deepEqual(refusal(await put('A2', [[1], [2], [3]])), invalid(`${anchored} row [4]`));
  assert.equal((await put('A2', [[1, 2], [3]])).json.updatedRange, "'a b'!A2:B3");
});

test('only a cell alone is where values begin; a range of one cell is a bound', async (t) => {
  const { put } = await testSheets(t, { sheets: [{ title: 'a:b' }] });
  assert.equal((await put("'a:b'!A1", [[1, 2]])).json.updatedRange, "'a:b'!A1:B1");
  assert.deepEqual(
    refusal(await put("'a:b'!A1:A1", [[1, 2]])),
    invalid("Requested writing within range ['a:b'!A1], but tried writing to column [B]"),
  );
});

test('a batch is written as a whole or not at all, and counts rows and columns once', async (t) => {
  const { ask, fake, id } = await testSheets(t);
  const batch = (...data: object[]) => ask('POST', '/values:batchUpdate', { valueInputOption: 'RAW', data });
  const { json } = await batch(
    { range: 'A1:D1', values: [['A1', 'B1', '', 'D1']] },
    { range: 'A4:D4', values: [['A4', 'B4', '', 'D4']] },
  );
  assert.deepEqual(
    { ...json, responses: json.responses.length },
    {
      spreadsheetId: id,
      totalUpdatedRows: 2,
      totalUpdatedColumns: 4,
      totalUpdatedCells: 8,
      totalUpdatedSheets: 1,
      responses: 2,
    },
  );
  const nothing = await batch({ range: 'A1:A2', values: [[null], []] });
  assert.deepEqual(nothing.json, {
    spreadsheetId: id,
    responses: [{ spreadsheetId: id, updatedRange: 'Sheet1!A1:A2' }],
  });
  const before = fake.sheets(id);
  const long = 'x'.repeat(50_001);
  const refused = await batch({ range: 'A1', values: [['new']] }, { range: 'A2', values: [[long]] });
  assert.deepEqual(
    refusal(refused),
    invalid(
      'Invalid data[1]: Your input contains more than the maximum of 50000 characters in a single cell.',
    ),
  );
  assert.deepEqual(fake.sheets(id), before);
  assert.equal((await batch({ range: 'A2', values: [[long.slice(1)]] })).status, 200);
});

test('several ranges are read and cleared at once', async (t) => {
  const { ask, put } = await testSheets(t);
  await put('A1', [
    [1, 2],
    [3, 4],
  ]);
  const read = () =>
    ask('GET', '/values:batchGet?ranges=A1:A2&ranges=Sheet1!B2&valueRenderOption=UNFORMATTED_VALUE');
  const values = async () => (await read()).json.valueRanges.map((one: { values?: unknown }) => one.values);
  assert.deepEqual(await values(), [[[1], [3]], [[4]]]);
  const cleared = await ask('POST', '/values/A2:B:clear', {});
  assert.equal(cleared.json.clearedRange, 'Sheet1!A2:B1000');
  assert.deepEqual(await values(), [[[1]], undefined]);
  const both = await ask('POST', '/values:batchClear', { ranges: ['A1', 'B1'] });
  assert.deepEqual(both.json.clearedRanges, ['Sheet1!A1', 'Sheet1!B1']);
  assert.deepEqual(await values(), [undefined, undefined]);
});

test('what is misspelt, missing, or of the wrong form is refused; what only the fake lacks is told apart', async (t) => {
  const { ask, put, get } = await testSheets(t);
  const batch = (body: object) => ask('POST', '/values:batchUpdate', body);
  const data = (values: unknown) => ({ valueInputOption: 'RAW', data: [{ range: 'A1', values }] });
  const cases: [Promise<Awaited<ReturnType<typeof ask>>>, RegExp][] = [
    [put('A1', [[1]], ''), /^'valueInputOption' is required but not specified$/],
    [put('A1', [[1]], 'valueInputOption=raw'), /^Invalid value at 'value_input_option'/],
    [
      put('A1', [['=1']], 'valueInputOption=USER_ENTERED'),
      /^The fake does not know how USER_ENTERED is parsed/,
    ],
    [get('A1', 'valueRenderOption=RAW'), /^Invalid value at 'value_render_option'/],
    [get('A1', 'render=1'), /Unknown name "render": Cannot bind query parameter/],
    [batch({ ...data([]), values: [] }), /Unknown name "values": Cannot find field/],
    [
      batch({ valueInputOption: 'RAW', data: [{ rang: 'A1' }] }),
      /Unknown name "rang" at 'data\[0\]': Cannot find field/,
    ],
    [
      batch(data(['x'])),
      /^Invalid value at 'data\[0\]\.values\[0\]' \(type\.googleapis\.com\/.*ListValue\), "x"/,
    ],
    [batch(data([[['x']]])), /^Invalid data\[0\]: Invalid values\[0\]\[0\]: list_value/],
    [
      ask('PUT', '/values/A1?valueInputOption=RAW', { range: 'B1', values: [] }),
      /does not match value's range/,
    ],
    [
      ask('POST', '/values/A1:append?valueInputOption=RAW', { values: [[1]] }),
      /The fake does not know values\.append/,
    ],
    [ask('GET', '/values/A1?fields=rows'), /^Request contains an invalid argument\.$/],
  ];
  for (const [asked, words] of cases) {
    const { status, json } = await asked;
    assert.equal(status, 400, String(words));
    assert.match(json.error.message, words);
  }
});

test('a request of more than 10 MiB is refused', async (t) => {
  const { put } = await testSheets(t);
  const rows = Array.from({ length: 260 }, () => ['x'.repeat(41_000)]);
  assert.deepEqual(
    refusal(await put('A1', rows)),
    invalid('Request payload size exceeds the limit: 10485760 bytes.'),
  );
});
