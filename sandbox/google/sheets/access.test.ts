import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driveWith } from '../testDrive.ts';
import { refusal, testSheets } from './testSheets.ts';

const notFound = [404, 'NOT_FOUND', 'Requested entity was not found.'];
const forbidden = [403, 'PERMISSION_DENIED', 'The caller does not have permission'];
const write = { body: { values: [[1]] } };
const cell = (id: string) => `/v4/spreadsheets/${id}/values/A1?valueInputOption=RAW`;

test('a spreadsheet is made with its tabs, and seen without cells', async (t) => {
  const { request, ask, fake } = await testSheets(t);
  const made = await request('POST', '/v4/spreadsheets', {
    body: {
      properties: { title: 'Sales' },
      sheets: [
        { properties: { title: 'a', gridProperties: { rowCount: 0, columnCount: 3, frozenRowCount: 1 } } },
        { properties: { title: 'b', sheetId: 7, hidden: true } },
      ],
    },
  });
  const { spreadsheetId, spreadsheetUrl, properties, sheets } = made.json;
  assert.deepEqual([made.status, properties.title], [200, 'Sales']);
  assert.equal(spreadsheetUrl, `${fake.url}/spreadsheets/d/${spreadsheetId}/edit`);
  assert.deepEqual(sheets[0].properties.gridProperties, {
    rowCount: 1000,
    columnCount: 3,
    frozenRowCount: 1,
  });
  assert.deepEqual(sheets[1].properties, {
    sheetId: 7,
    title: 'b',
    index: 1,
    sheetType: 'GRID',
    gridProperties: { rowCount: 1000, columnCount: 26 },
    hidden: true,
  });
  const fields = 'properties.title,sheets.properties(sheetId,title)';
  const some = await request('GET', `/v4/spreadsheets/${spreadsheetId}?ranges=b!A1&fields=${fields}`);
  assert.deepEqual(some.json, {
    properties: { title: 'Sales' },
    sheets: [{ properties: { sheetId: 7, title: 'b' } }],
  });
  assert.match((await ask('GET', '?includeGridData=true')).json.error.message, /The fake does not know/);
  assert.match((await ask('GET', '?fields=sheets.data')).json.error.message, /The fake does not know/);
  assert.match(
    (await ask('GET', '?fields=sheets.tabs')).json.error.details[0].fieldViolations[0].description,
    /Cannot find matching fields for path 'tabs'/,
  );
});

test('a spreadsheet is a file of Drive, and is written also when it is in the bin', async (t) => {
  const { request, fake, id, put } = await testSheets(t);
  const type = 'application/vnd.google-apps.spreadsheet';
  const q = encodeURIComponent(`mimeType='${type}'`);
  const list = await request('GET', `/drive/v3/files?q=${q}&fields=files(id,name,webViewLink)`);
  assert.deepEqual(list.json.files, [
    { id, name: 'Numbers', webViewLink: `${fake.url}/spreadsheets/d/${id}/edit` },
  ]);
  await request('PATCH', `/drive/v3/files/${id}`, { body: { trashed: true, name: 'Renamed' } });
  assert.equal((await put('A1', [[1]])).status, 200);
  const { json } = await request('GET', `/v4/spreadsheets/${id}?fields=properties.title`);
  assert.equal(json.properties.title, 'Renamed');
  const media = await request('GET', `/drive/v3/files/${id}?alt=media`);
  assert.equal(media.json.error.errors[0].reason, 'fileNotDownloadable');
  await request('DELETE', `/drive/v3/files/${id}`);
  assert.deepEqual(refusal(await put('A1', [[1]])), notFound);
  const made = await request('POST', '/drive/v3/files', {
    body: { name: 'By Drive', mimeType: type, parents: [fake.folderID] },
  });
  assert.deepEqual(
    fake.sheets(made.json.id).map(({ title }) => title),
    ['Sheet1'],
  );
});

test('scopes open what Google lets them open', async (t) => {
  const { fake, id } = await testSheets(t);
  const byHand = fake.createSpreadsheet('By hand', { byUser: true });
  const shared = fake.createSpreadsheet('Read only', { access: 'reader' });
  const as = (scope: string) => driveWith(fake, fake.issueAccessToken({ scope }));
  const read = async (scope: string, which: string) =>
    (await as(scope).request('GET', `/v4/spreadsheets/${which}`)).status;
  const change = async (scope: string, which: string) => as(scope).request('PUT', cell(which), write);
  for (const scope of ['drive', 'spreadsheets']) {
    assert.equal((await change(scope, byHand)).status, 200);
    assert.deepEqual(refusal(await change(scope, shared)), forbidden);
  }
  assert.deepEqual(refusal(await change('drive.file', byHand)), notFound);
  assert.equal((await change('drive.file', id)).status, 200);
  fake.pickFile(byHand);
  assert.equal((await change('drive.file', byHand)).status, 200);
  assert.equal(await read('spreadsheets.readonly', byHand), 200);
  assert.equal(await read('drive.readonly', byHand), 200);
  const missing = await change('drive.readonly', id);
  assert.deepEqual(refusal(missing), [
    403,
    'PERMISSION_DENIED',
    'Request had insufficient authentication scopes.',
  ]);
  assert.deepEqual(missing.json.error.details[0].metadata, {
    service: 'sheets.googleapis.com',
    method: 'google.apps.sheets.v4.SpreadsheetsService.UpdateValues',
  });
  const another = fake.createSpreadsheet('Of another', { client: fake.createClient() });
  assert.deepEqual(refusal(await change('drive.file drive.readonly', another)), forbidden);
});

test('a file that is no spreadsheet, an ID that is none, and an API that is off are refused', async (t) => {
  const { fake, ask, upload, request } = await testSheets(t);
  const { json } = await upload({ name: 'a.xlsx' }, 'x', 'id');
  assert.deepEqual(refusal(await request('GET', `/v4/spreadsheets/${json.id}`)), [
    400,
    'FAILED_PRECONDITION',
    'This operation is not supported for this document',
  ]);
  assert.deepEqual(refusal(await request('GET', '/v4/spreadsheets/nothing')), notFound);
  assert.equal((await request('GET', '/v4/spreadsheets/nothing', { token: null })).status, 401);
  fake.disableApi('sheets');
  const off = await ask('GET', '');
  assert.deepEqual([off.status, off.json.error.details[0].reason], [403, 'SERVICE_DISABLED']);
  assert.match(off.json.error.message, /^Google Sheets API has not been used in project \d+ before/);
  assert.equal((await request('GET', '/drive/v3/files')).status, 200);
  fake.enableApi('sheets');
  assert.equal((await ask('GET', '')).status, 200);
});

test('a protected range keeps out those who may not edit it, and only from it', async (t) => {
  const { fake, id, put, change, ask } = await testSheets(t);
  const own = { protectedRange: { range: { sheetId: 0, startColumnIndex: 5 }, description: 'mine' } };
  const added = await change({ addProtectedRange: own });
  assert.equal(added.json.replies[0].addProtectedRange.protectedRange.requestingUserCanEdit, true);
  assert.equal((await put('F1', [[1]])).status, 200);
  fake.protectRange(id, 'B2:C3');
  const words =
    'You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection ' +
    'if you need to edit.';
  assert.equal((await put('A1:A9', [[1]])).status, 200);
  assert.deepEqual(refusal(await put('A2', [[1, 2]])), [400, 'INVALID_ARGUMENT', words]);
  const batch = { valueInputOption: 'RAW', data: [{ range: 'C3', values: [[1]] }] };
  const inBatch = await ask('POST', '/values:batchUpdate', batch);
  assert.equal(inBatch.json.error.message, `Invalid data[0]: ${words}`);
  const cells = await change({ updateCells: { range: { sheetId: 0 }, fields: '*' } });
  assert.equal(cells.json.error.message, `Invalid requests[0].updateCells: ${words}`);
  const rows = { range: { sheetId: 0, dimension: 'ROWS', startIndex: 1, endIndex: 2 } };
  assert.equal((await change({ deleteDimension: rows })).status, 400);
  assert.equal((await ask('POST', '/values/A:C:clear', {})).status, 400);
  assert.equal((await ask('POST', '/values/D:E:clear', {})).status, 200);
  const { json } = await ask('GET', '?fields=sheets.protectedRanges');
  assert.deepEqual(json.sheets[0].protectedRanges[1].range, {
    sheetId: 0,
    startRowIndex: 1,
    endRowIndex: 3,
    startColumnIndex: 1,
    endColumnIndex: 3,
  });
});

test('a minute has 60 writes and 60 reads of a user, and no more until it is over', async (t) => {
  let now = new Date('2026-11-26T12:00:00Z');
  const { put, get, fake } = await testSheets(t, { now: () => now });
  for (let round = 0; round < 60; round++) assert.equal((await put('A1', [[round]])).status, 200);
  const refused = await put('A1', [['more']]);
  const project = fake.client.id.split('-')[0];
  assert.deepEqual(refusal(refused), [
    429,
    'RESOURCE_EXHAUSTED',
    "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' of service " +
      `'sheets.googleapis.com' for consumer 'project_number:${project}'.`,
  ]);
  const { reason, metadata } = refused.json.error.details[0];
  assert.deepEqual(
    [reason, metadata.quota_metric, metadata.quota_limit, metadata.quota_limit_value],
    ['RATE_LIMIT_EXCEEDED', 'sheets.googleapis.com/write_requests', 'WriteRequestsPerMinutePerUser', '60'],
  );
  assert.deepEqual((await get('A1')).json.values, [[59]]);
  now = new Date(now.getTime() + 59_999);
  assert.equal((await put('A1', [['more']])).status, 429);
  now = new Date(now.getTime() + 1);
  assert.equal((await put('A1', [['more']])).status, 200);
  fake.sheetsQuota.perUser = 400;
  fake.sheetsQuota.perProject = 1;
  assert.match((await put('A1', [[1]])).json.error.message, /limit 'Write requests per minute' of/);
  fake.sheetsQuota.perProject = Number.POSITIVE_INFINITY;
  assert.equal((await put('A1', [[1]])).status, 200);
});

test('faults strike requests to Sheets: what is dropped after was done, what is dropped before was not', async (t) => {
  const { put, get, fake, change } = await testSheets(t);
  fake.faults.add({ operation: 'valuesUpdate', effect: 'drop', when: 'before' });
  await assert.rejects(put('A1', [['before']]));
  fake.faults.add({ operation: 'valuesUpdate', effect: 'drop', when: 'after' });
  await assert.rejects(put('B1', [['after']]));
  assert.deepEqual((await get('A1:B1')).json.values, [['', 'after']]);
  fake.faults.add({ operation: 'valuesGet', effect: 'error', status: 503 });
  assert.deepEqual(refusal(await get('A1')), [503, 'UNAVAILABLE', 'The service is currently unavailable.']);
  fake.faults.add({ operation: 'spreadsheetUpdate', effect: 'error', status: 429, retryAfter: 9 });
  const limited = await change({ addSheet: {} });
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '9']);
  const third = fake.faults.add({ operation: 'sheets', effect: 'drop', when: 'mid', nth: 3 });
  await get('A1');
  await put('A1', [[1]]);
  await assert.rejects(change({ addSheet: {} }));
  assert.equal(third.hits, 1);
  const slow = fake.faults.add({ operation: 'valuesUpdate', effect: 'slow', bytesPerSecond: 100_000 });
  const started = performance.now();
  assert.equal((await put('A1', [['x'.repeat(10_000)]])).status, 200);
  assert.ok(performance.now() - started >= 90);
  assert.deepEqual([slow.hits, fake.faults.pending], [1, 0]);
});
