import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReport } from '../../crds/syncReport.ts';
import { sheetsWorld } from './sheetsFixture.ts';

const sql = `
CREATE TABLE orders (id int PRIMARY KEY, customer text, amount numeric(12, 2), paid boolean);
INSERT INTO orders SELECT n, 'customer ' || n, n / 4.0, n % 2 = 0 FROM generate_series(1, 300) n;
ANALYZE`;
const orders = { name: 'Orders', table: 'public.orders' };
const header = ['id', 'customer', 'amount', 'paid'];
const row = (n: number) => [n, `customer ${n}`, (n / 4).toFixed(2), n % 2 === 0];
const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => row(from + index));

const succeeded = ({ result, message = '' }: SyncReport) => assert.equal(result, 'Succeeded', message);

test('a table and a query become tabs, from one snapshot', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const report = await sheets.run([
    orders,
    { name: "Ann's sums", query: 'SELECT paid, count(*) AS orders FROM orders GROUP BY 1 ORDER BY 1;' },
  ]);
  succeeded(report);
  assert.deepEqual(report.sheets, [
    { name: 'Orders', mode: 'Replace', rows: 300, columns: 4 },
    { name: "Ann's sums", mode: 'Replace', rows: 2, columns: 2 },
  ]);
  assert.deepEqual(await sheets.values('Orders'), [header, ...rows(1, 300)]);
  assert.deepEqual(await sheets.values("Ann's sums"), [
    ['paid', 'orders'],
    [false, '150'],
    [true, '150'],
  ]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders', "Ann's sums"]);
});

test('the rows of a table stand in the order of its primary key, whatever was written last', async (t) => {
  const sheets = await sheetsWorld(
    t,
    `CREATE TABLE stock (item int, "Place" text, count int, PRIMARY KEY ("Place", item));
     INSERT INTO stock VALUES (2, 'b', 0), (1, 'b', 0), (9, 'a', 0), (3, 'c', 0);
     UPDATE stock SET count = 7 WHERE item = 9`,
  );
  succeeded(await sheets.run([{ name: 'Stock', table: 'public.stock', columns: ['item'], header: false }]));
  assert.deepEqual((await sheets.values('Stock')).flat(), [9, 1, 2, 3]);
});

test('the next sync replaces all of a tab, rows and columns that are gone too, and keeps the tab', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.run([orders], { batchBytes: 2_000 });
  const grid = await sheets.grid('Orders');
  await sheets.sql('DELETE FROM orders WHERE id > 5');
  const report = await sheets.run([{ ...orders, columns: ['customer', 'id'] }]);
  succeeded(report);
  assert.deepEqual(await sheets.values('Orders'), [
    ['customer', 'id'],
    ...rows(1, 5).map(([id, customer]) => [customer, id]),
  ]);
  assert.deepEqual(await sheets.grid('Orders'), grid);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});

test('a query without rows leaves the header, or an empty tab', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const query = 'SELECT id, customer FROM orders WHERE false';
  await sheets.run([
    { name: 'a', query },
    { name: 'b', query, header: false },
    { name: 'Sheet1', table: 'public.orders' },
  ]);
  assert.deepEqual(await sheets.values('a'), [['id', 'customer']]);
  assert.deepEqual(await sheets.values('b'), []);
  await sheets.run([{ name: 'Sheet1', query, header: false }]);
  assert.deepEqual(await sheets.values('Sheet1'), []);
});

test('rows beyond maxRows and texts that are too long are left out or cut, and the result says so', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const report = await sheets.run([
    { ...orders, maxRows: 10 },
    { name: 'exact', table: 'public.orders', maxRows: 300 },
    { name: 'long', query: "SELECT repeat('x', 60000) AS note" },
  ]);
  assert.deepEqual(report.warnings, ['Sheet Orders has the first 10 rows alone (maxRows); there are more.']);
  assert.deepEqual(report.notes, [
    'Sheet long, column note: 1 value had more than 50,000 characters and was cut.',
  ]);
  assert.equal((await sheets.values('Orders')).length, 11);
  assert.equal(String((await sheets.values('long'))[1]?.[0]).length, 50_000);
});

test('append writes rows below whose key the tab lacks, late ones too, and doubles none after a person sorted the tab', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.sql('DELETE FROM orders WHERE id IN (7, 290) OR id > 295');
  const append = { ...orders, mode: 'Append' as const, keyColumn: 'id' };
  const first = await sheets.run([append], { batchBytes: 2_000 });
  succeeded(first);
  assert.equal(first.rows, 293);
  const sorted = [header, ...(await sheets.values('Orders')).slice(1).reverse()];
  await sheets.request('PUT', `/${sheets.id}/values/Orders!A1:D294?valueInputOption=RAW`, {
    values: sorted,
  });
  await sheets.sql(
    "INSERT INTO orders SELECT n, 'customer ' || n, n / 4.0, n % 2 = 0 FROM unnest(ARRAY[7, 290, 296, 297]) n",
  );
  const second = await sheets.run([{ ...append, lookback: 100 }]);
  // 7 lies further back than the sync looks.
  assert.deepEqual(await sheets.values('Orders'), [...sorted, row(290), row(296), row(297)]);
  assert.equal(second.rows, 3);
  assert.equal((await sheets.run([append])).rows, 1);
  assert.equal((await sheets.run([append])).rows, 0);
});

test('what a person wrote below the rows is not written over', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.sql('DELETE FROM orders WHERE id > 3');
  const append = { ...orders, mode: 'Append' as const, keyColumn: 'id' };
  await sheets.run([append]);
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, {
    requests: [{ appendDimension: { sheetId: await sheets.tabID('Orders'), dimension: 'ROWS', length: 5 } }],
  });
  await sheets.request('PUT', `/${sheets.id}/values/Orders!B6?valueInputOption=RAW`, {
    values: [['remember this']],
  });
  await sheets.sql("INSERT INTO orders VALUES (4, 'customer 4', 1, true)");
  await sheets.run([append]);
  assert.deepEqual((await sheets.values('Orders')).slice(4), [[], ['', 'remember this'], row(4)]);
});

test('where the cells do not suffice for two copies the tab is written in place, and the result says so', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.run([orders]);
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, {
    requests: [
      { addSheet: { properties: { title: 'Big', gridProperties: { rowCount: 9_972_500, columnCount: 1 } } } },
    ],
  });
  await sheets.sql("UPDATE orders SET customer = 'new'");
  const report = await sheets.run([orders], { batchBytes: 2_000 });
  succeeded(report);
  assert.equal(report.sheets[0]?.inPlace, true);
  assert.match(report.warnings.join(), /Sheet Orders was written in place/);
  const values = await sheets.values('Orders');
  assert.deepEqual(values[300], [300, 'new', '75.00', true]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders', 'Big']);
});

test('rows that do not fit at all are refused, and the tab stays as it was', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await sheets.run([{ ...orders, maxRows: 3 }]);
  const before = await sheets.values('Orders');
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, {
    requests: [
      { addSheet: { properties: { title: 'Big', gridProperties: { rowCount: 9_973_500, columnCount: 1 } } } },
    ],
  });
  const report = await sheets.run([orders]);
  assert.deepEqual([report.result, report.reason], ['Failed', 'SpreadsheetFull']);
  assert.match(report.message ?? '', /needs 1,204 cells \(301 rows of 4\)/);
  assert.deepEqual(await sheets.values('Orders'), before);
});
