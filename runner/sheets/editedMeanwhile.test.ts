import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReport } from '../../crds/syncReport.ts';
import { type SheetsWorld, sheetsWorld } from './sheetsFixture.ts';

const sql = `
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 60) n`;
const replace = { name: 'Orders', table: 'public.orders' };
const append = { ...replace, mode: 'Append' as const, keyColumn: 'id' };
const whole = [['id', 'note'], ...Array.from({ length: 60 }, (_, index) => [index + 1, 'x'])];
const small = { batchBytes: 100 };

/** A sync during which a person changes the spreadsheet, when the second batch of rows is on its way. */
async function edited(
  sheets: SheetsWorld,
  sheet: typeof replace,
  edit: (id: number) => object,
): Promise<SyncReport> {
  await sheets.run([{ ...sheet, ...('mode' in sheet ? {} : { maxRows: 60 }) }], small);
  await sheets.sql("UPDATE orders SET note = 'x'; INSERT INTO orders VALUES (61, 'new')");
  const id = await sheets.tabID('Orders');
  const hook = sheets.world.google.faults.add({
    operation: 'valuesUpdate',
    effect: 'call',
    when: 'before',
    nth: 'mode' in sheet ? 1 : 2,
    call: () => sheets.request('POST', `/${sheets.id}:batchUpdate`, { requests: [edit(id)] }),
  });
  const report = await sheets.run([sheet], small);
  assert.equal(hook.hits, 1);
  return report;
}

const rename = (sheetId: number) => ({
  updateSheetProperties: { properties: { sheetId, title: 'Mine' }, fields: 'title' },
});
const remove = (sheetId: number) => ({ deleteSheet: { sheetId } });
const rows = (sheetId: number, startIndex: number, endIndex: number) => ({
  range: { sheetId, dimension: 'ROWS', startIndex, endIndex },
});

function changed({ result, reason, message }: SyncReport): void {
  assert.deepEqual([result, reason], ['Failed', 'SheetChanged'], String(message));
  assert.match(message ?? '', /somebody/i);
}

test('a tab that is renamed while a Replace copies is replaced under its new name, and the result says so', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const report = await edited(sheets, replace, rename);
  assert.equal(report.result, 'Succeeded', String(report.message));
  assert.match(report.warnings.join(), /Tab Orders was renamed to Mine during the run.* makes a new tab/);
  assert.deepEqual(await sheets.values('Mine'), [...whole, [61, 'new']]);
  assert.equal((await sheets.run([replace])).result, 'Succeeded');
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Mine', 'Orders']);
});

test('a tab that is deleted while a Replace copies is told, and the next attempt makes it', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  changed(await edited(sheets, replace, remove));
  assert.deepEqual(await sheets.titles(), ['Sheet1']);
  assert.equal((await sheets.run([replace])).result, 'Succeeded');
  assert.deepEqual(await sheets.values('Orders'), [...whole, [61, 'new']]);
});

test('rows that a person inserts while a Replace copies do not stay behind', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const report = await edited(sheets, replace, (id) => ({ insertDimension: rows(id, 0, 9) }));
  assert.equal(report.result, 'Succeeded', String(report.message));
  assert.deepEqual(await sheets.values('Orders'), [...whole, [61, 'new']]);
});

test('a tab from which a person takes rows while a Replace copies is replaced all the same, or it is told', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  changed(await edited(sheets, replace, (id) => ({ deleteDimension: rows(id, 10, 20) })));
  assert.equal((await sheets.run([replace])).result, 'Succeeded');
  assert.deepEqual(await sheets.values('Orders'), [...whole, [61, 'new']]);
});

test('a hidden tab that a person deletes ends the run, and the tab stays as it was', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  let hidden: string | undefined;
  await sheets.run([{ ...replace, maxRows: 60 }]);
  sheets.world.google.faults.add({
    operation: 'valuesUpdate',
    effect: 'call',
    when: 'before',
    nth: 2,
    async call() {
      hidden = (await sheets.titles()).at(-1);
      const requests = [remove(await sheets.tabID(String(hidden)))];
      await sheets.request('POST', `/${sheets.id}:batchUpdate`, { requests });
    },
  });
  changed(await sheets.run([replace], small));
  assert.match(String(hidden), /^dbbackup staging/);
  assert.deepEqual(await sheets.values('Orders'), whole);
});

test('a tab that is renamed or deleted while an Append writes is told, and the next run writes what is missing', async (t) => {
  for (const edit of [rename, remove]) {
    const sheets = await sheetsWorld(t, sql);
    changed(await edited(sheets, append, edit));
    assert.equal((await sheets.run([append])).result, 'Succeeded');
    assert.deepEqual(await sheets.values('Orders'), [...whole, [61, 'new']]);
  }
});

test('a filter that hides rows does not misplace those of a Replace, and is there afterwards', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const sorted = { name: 'Orders', query: 'SELECT * FROM orders ORDER BY id' };
  await sheets.sql("UPDATE orders SET note = 'y' WHERE id % 3 = 0");
  await sheets.run([sorted]);
  const filter = {
    range: {
      sheetId: await sheets.tabID('Orders'),
      startRowIndex: 0,
      endRowIndex: 61,
      startColumnIndex: 0,
      endColumnIndex: 2,
    },
    filterSpecs: [{ columnIndex: 1, filterCriteria: { hiddenValues: ['y'] } }],
  };
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, { requests: [{ setBasicFilter: { filter } }] });
  await sheets.sql("UPDATE orders SET note = 'x'");
  const report = await sheets.run([sorted], small);
  assert.equal(report.result, 'Succeeded', String(report.message));
  assert.deepEqual(await sheets.values('Orders'), whole);
  const { sheets: tabs } = (await sheets.request('GET', `/${sheets.id}?fields=sheets.basicFilter`)) as {
    sheets: { basicFilter?: { filterSpecs: unknown } }[];
  };
  assert.deepEqual(tabs[1]?.basicFilter?.filterSpecs, filter.filterSpecs);
});
