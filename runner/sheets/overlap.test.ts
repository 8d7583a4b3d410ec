import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReport } from '../../crds/syncReport.ts';
import { type SheetsWorld, sheetsWorld } from './sheetsFixture.ts';

const sql = 'CREATE TABLE orders (id int PRIMARY KEY, version int)';
const replace = [{ name: 'Orders', table: 'public.orders' }];
const append = [{ name: 'Orders', table: 'public.orders', mode: 'Append' as const, keyColumn: 'id' }];
/** Several batches a run. */
const small = { batchBytes: 200 };
const header = ['id', 'version'];
const rows = (version: number, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => [from + index, version]);

/** Rows of a version in the place of all others. */
const fill = ({ sql: run }: SheetsWorld, version: number, count: number) =>
  run(`DELETE FROM orders; INSERT INTO orders SELECT n, ${version} FROM generate_series(1, ${count}) n`);
const add = ({ sql: run }: SheetsWorld, from: number, to: number) =>
  run(`INSERT INTO orders SELECT n, 1 FROM generate_series(${from}, ${to}) n`);

function succeeded({ result, message }: SyncReport): void {
  assert.equal(result, 'Succeeded', String(message));
}

/** Does something when the nth request of a kind arrives, and lets it wait until that is over. */
function before(
  { world }: SheetsWorld,
  operation: 'spreadsheetUpdate' | 'valuesUpdate' | 'valuesGet',
  nth: number,
  call: () => Promise<unknown>,
) {
  return world.google.faults.add({ operation, nth, effect: 'call', when: 'before', call });
}

interface Running {
  readonly report: Promise<SyncReport>;
}

/** Starts a run that finds the lock taken; it goes on waiting until `over`. */
async function untilItWaits(
  sheets: SheetsWorld,
  sheet: typeof replace,
  over: Promise<void>,
): Promise<Running> {
  const { world } = sheets;
  const { clock } = world;
  const waits = Promise.withResolvers<void>();
  world.clock = {
    now: clock.now,
    async sleep() {
      waits.resolve();
      await over;
    },
  };
  const report = sheets.run(sheet, small);
  world.clock = clock;
  await waits.promise;
  return { report };
}

test('a Replace that began before another one, and ends after it, leaves its own rows alone, and no more of the other', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 0, 30);
  succeeded(await sheets.run(replace, small));
  await fill(sheets, 1, 20);
  const hook = before(sheets, 'valuesUpdate', 1, async () => {
    await fill(sheets, 2, 300);
    succeeded(await sheets.run(replace, small));
    assert.deepEqual(await sheets.values('Orders'), [header, ...rows(2, 1, 300)]);
  });
  succeeded(await sheets.run(replace, small));
  assert.equal(hook.hits, 1);
  assert.deepEqual(await sheets.values('Orders'), [header, ...rows(1, 1, 20)]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});

test('an Append waits for another one, and neither doubles nor overwrites a row', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await add(sheets, 1, 20);
  succeeded(await sheets.run(append, small));
  await add(sheets, 21, 200);
  let second: Running | undefined;
  const over = Promise.withResolvers<void>();
  // Once the first has written a batch the second begins, with rows that the first does not see.
  const hook = before(sheets, 'valuesUpdate', 2, async () => {
    await add(sheets, 201, 260);
    second = await untilItWaits(sheets, append, over.promise);
  });
  succeeded(await sheets.run(append, small));
  assert.equal(hook.hits, 1);
  over.resolve();
  const report = await second?.report;
  assert.ok(report);
  succeeded(report);
  assert.match(report.notes.join(), /^Sheet Orders waited \d+ s for another run/);
  assert.deepEqual(await sheets.values('Orders'), [header, ...rows(1, 1, 260)]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});

test('an Append that seemed dead writes no more once another one has taken its place, and says so', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await add(sheets, 1, 20);
  succeeded(await sheets.run(append, small));
  await add(sheets, 21, 200);
  // Nothing is heard of the first for the two minutes that the second waits.
  const hook = before(sheets, 'valuesUpdate', 3, async () => {
    await add(sheets, 201, 260);
    succeeded(await sheets.run(append, small));
  });
  const first = await sheets.run(append, small);
  assert.equal(hook.hits, 1);
  assert.deepEqual([first.result, first.reason], ['Failed', 'SheetChanged'], String(first.message));
  assert.match(first.message ?? '', /another run took it over/);
  assert.deepEqual(await sheets.values('Orders'), [header, ...rows(1, 1, 260)]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});

test('of two runs that find no tab one makes it, the other says so, and its next attempt is good', async (t) => {
  for (const sheet of [append, replace]) {
    const sheets = await sheetsWorld(t, sql);
    await add(sheets, 1, 20);
    before(sheets, 'spreadsheetUpdate', 1, async () => {
      succeeded(await sheets.run(sheet, small));
    });
    const first = await sheets.run(sheet, small);
    assert.deepEqual([first.result, first.reason], ['Failed', 'SheetChanged'], String(first.message));
    assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
    await add(sheets, 21, 40);
    succeeded(await sheets.run(sheet, small));
    assert.deepEqual(await sheets.values('Orders'), [header, ...rows(1, 1, 40)]);
  }
});

test('a Replace waits with its last step for a run that writes in place', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 0, 30);
  succeeded(await sheets.run(replace, small));
  const addBig = {
    addSheet: { properties: { title: 'Big', gridProperties: { rowCount: 9_973_900, columnCount: 1 } } },
  };
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, { requests: [addBig] });
  await fill(sheets, 1, 30);
  let second: Running | undefined;
  const over = Promise.withResolvers<void>();
  const hook = before(sheets, 'valuesUpdate', 2, async () => {
    await fill(sheets, 2, 3);
    second = await untilItWaits(sheets, replace, over.promise);
  });
  const first = await sheets.run(replace, small);
  succeeded(first);
  assert.equal(first.sheets[0]?.inPlace, true);
  assert.equal(hook.hits, 1);
  over.resolve();
  const report = await second?.report;
  assert.ok(report);
  succeeded(report);
  assert.equal(report.sheets[0]?.inPlace, undefined);
  assert.deepEqual(await sheets.values('Orders'), [header, ...rows(2, 1, 3)]);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders', 'Big']);
});
