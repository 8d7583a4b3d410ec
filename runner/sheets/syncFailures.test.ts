import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureReason } from '../../crds/failureReason.ts';
import type { SyncReport } from '../../crds/syncReport.ts';
import { type SheetsWorld, sheetsWorld } from './sheetsFixture.ts';

const sql = `
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'canary-' || n FROM generate_series(1, 50) n`;
const orders = { name: 'Orders', table: 'public.orders' };
const append = { ...orders, mode: 'Append' as const, keyColumn: 'id' };

/** Neither report nor log may hold a row or a secret. */
function requireFailed(
  sheets: SheetsWorld,
  report: SyncReport,
  reason: FailureReason,
  message: RegExp,
): void {
  assert.deepEqual([report.result, report.reason], ['Failed', reason], String(report.message));
  assert.match(report.message ?? '', message);
  const said = JSON.stringify(report) + sheets.world.log.join('');
  assert.ok(!said.includes('canary-'), said);
  assert.ok(!said.includes(sheets.world.google.credentials.refresh_token));
}

const withID = (spreadsheetID: string) => ({
  spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
});

test('a wrong ID, a folder and a spreadsheet that a person made are told apart from an Excel file', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const { google } = sheets.world;
  const tell = (id: string) => sheets.run([orders], { spec: withID(id) });
  requireFailed(sheets, await tell('1wrongwrongwrong'), 'SpreadsheetNotFound', /wrong ID or account/);
  requireFailed(
    sheets,
    await tell(google.createSpreadsheet('Own', { byUser: true })),
    'SpreadsheetNotFound',
    /drive\.file/,
  );
  requireFailed(sheets, await tell(google.folderID), 'NotASpreadsheet', /no spreadsheet of Google Sheets/);
});

test('a spreadsheet that may only be read is refused as it is', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const { google } = sheets.world;
  const credentials = google.issueCredentials({ scope: 'drive' });
  sheets.world.secrets['drive-oauth'] = { 'token.json': JSON.stringify(credentials) };
  const id = google.createSpreadsheet('Shared', { byUser: true, access: 'reader' });
  requireFailed(
    sheets,
    await sheets.run([orders], { spec: withID(id) }),
    'SpreadsheetNotFound',
    /may not edit/,
  );
});

test('a token of scope spreadsheets will do; one without a scope that writes is refused before anything', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const use = (scope: string) => {
    const token = JSON.stringify(sheets.world.google.issueCredentials({ scope }));
    sheets.world.secrets['drive-oauth'] = { 'token.json': token };
  };
  use('spreadsheets');
  assert.equal((await sheets.run([orders])).result, 'Succeeded');
  use('spreadsheets.readonly');
  requireFailed(
    sheets,
    await sheets.run([orders]),
    'ScopeMissing',
    /lacks the scope spreadsheets: .*--scope spreadsheets/,
  );
});

test('a token that ends soon is a warning of every sync, with the login that makes another one', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const { google, secrets, clock } = sheets.world;
  const expires = new Date(clock.now().getTime() + 5.5 * 86_400_000);
  const credentials = google.issueCredentials({ scope: 'spreadsheets', expires });
  secrets['drive-oauth'] = { 'token.json': JSON.stringify(credentials) };
  const { result, warnings } = await sheets.run([{ name: 'Soon', query: 'SELECT 1 AS n' }]);
  assert.equal(result, 'Succeeded');
  assert.match(warnings.join(), /^The refresh token expires in [45] days .*auth login --scope spreadsheets/);
});

test('an API that is off, a protected range and a missing tab have their own reasons', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const { google } = sheets.world;
  const missing = await sheets.run([{ ...orders, create: false }]);
  requireFailed(sheets, missing, 'SheetNotFound', /no tab Orders, but Sheet1/);
  assert.equal((await sheets.run([orders])).result, 'Succeeded');
  google.protectRange(sheets.id, 'Orders!A1:B10');
  requireFailed(sheets, await sheets.run([orders]), 'SheetProtected', /protected/);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
  google.disableApi('sheets');
  requireFailed(sheets, await sheets.run([orders]), 'SheetsApiDisabled', /Sheets API is off/);
});

test('a table and a column that are not there are named with what is', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const table = await sheets.run([orders, { name: 'b', table: 'public.odrers' }]);
  requireFailed(sheets, table, 'NoTablesMatch', /Sheet b: the database has no table public\.odrers/);
  const column = await sheets.run([{ ...orders, columns: ['id', 'nmae'] }]);
  requireFailed(sheets, column, 'InvalidSpec', /no column nmae, but id, note/);
});

test('a view whose own SQL fails is told as a query is, and not tried again', async (t) => {
  const sheets = await sheetsWorld(
    t,
    `CREATE TABLE texts AS SELECT 'no number' AS text;
     CREATE VIEW numbers AS SELECT text::int AS number FROM texts`,
  );
  const { reason, message } = await sheets.run([{ name: 'Numbers', table: 'public.numbers' }]);
  assert.deepEqual(
    [reason, message],
    ['InvalidQuery', 'Sheet Numbers: PostgreSQL refused the query while it ran: SQLSTATE 22P02.'],
  );
});

test('a key that does not tell rows apart is refused: NULL, values twice, a type without texts that come back', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const query = (text: string, keyColumn: string) => ({
    name: 'q',
    mode: 'Append' as const,
    query: text,
    keyColumn,
  });
  for (const [spec, message] of [
    [query('SELECT id % 7 AS k FROM orders', 'k'), /keyColumn k has values that several rows share/],
    [query('SELECT nullif(id, 3) AS k FROM orders;', 'k'), /keyColumn k is NULL in some rows/],
    [query('SELECT id::float8 AS k FROM orders', 'k'), /k is of a type that is no key/],
    [{ ...append, keyColumn: 'missing' }, /no column missing/],
  ] as const) {
    const report = await sheets.run([spec]);
    assert.equal(report.result, 'Failed');
    assert.match(report.message ?? '', message);
  }
  // note is unique by its values, without an index.
  assert.equal((await sheets.run([{ ...append, keyColumn: 'note' }])).result, 'Succeeded');
});

test('a tab whose columns were moved, or whose keys were spoilt, is not appended to', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  assert.equal((await sheets.run([append])).rows, 50);
  await sheets.request('PUT', `/${sheets.id}/values/Orders!A7?valueInputOption=RAW`, { values: [['seven']] });
  requireFailed(sheets, await sheets.run([append]), 'KeyInvalid', /no integer/);
  await sheets.request('PUT', `/${sheets.id}/values/Orders!A1:B1?valueInputOption=RAW`, {
    values: [['note', 'id']],
  });
  requireFailed(sheets, await sheets.run([append]), 'HeaderDiffers', /does not begin with id, note/);
});

test('what is refused as too much is sent again, as late as Google asks for it', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const before = sheets.world.clock.now().getTime();
  sheets.world.google.faults.add({
    operation: 'valuesUpdate',
    effect: 'error',
    status: 429,
    retryAfter: 45,
    count: 2,
  });
  assert.equal((await sheets.run([orders])).result, 'Succeeded');
  const waited = sheets.world.clock.now().getTime() - before;
  assert.ok(waited >= 90_000, `${waited} ms`);
});

test('a sync of many batches stays below 60 writes a minute, so that none is refused', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.sql("INSERT INTO orders SELECT n, 'x' FROM generate_series(51, 200) n");
  // A minute later: making the spreadsheet was a write, too.
  await sheets.titles();
  const refused = () => sheets.world.google.requests.filter(({ status }) => status === 429).length;
  assert.equal((await sheets.run([orders], { batchBytes: 20 })).result, 'Succeeded');
  assert.equal(refused(), 0);
  assert.equal((await sheets.values('Orders')).length, 201);
});

test('a stop ends the sync with the reason of the stop, and the tab stays as it was', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.run([orders]);
  const stop = new AbortController();
  sheets.world.google.faults.add({ operation: 'valuesUpdate', effect: 'hang', count: 1 });
  const running = sheets.run([orders], { stop: stop.signal });
  const { BackupError } = await import('../../crds/failureReason.ts');
  const { eventually } = await import('../../sandbox/testing.ts');
  await eventually(() => assert.equal(sheets.world.google.faults.pending, 0));
  stop.abort(new BackupError('Interrupted', 'stopped by the test'));
  requireFailed(sheets, await running, 'Interrupted', /stopped by the test/);
  assert.equal((await sheets.values('Orders')).length, 51);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});
