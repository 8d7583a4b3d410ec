import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReport } from '../../crds/syncReport.ts';
import { type SheetsWorld, sheetsWorld } from './sheetsFixture.ts';

const sql = 'CREATE TABLE orders (id int PRIMARY KEY, version int, note text)';
const replace = [{ name: 'Orders', table: 'public.orders' }];
const append = [{ name: 'Orders', table: 'public.orders', mode: 'Append' as const, keyColumn: 'id' }];
/** Several batches, and a grid that has to grow. */
const small = { batchBytes: 400 };
const header = ['id', 'version', 'note'];

/** All rows anew, of one version. */
async function fill({ sql: run }: SheetsWorld, version: number, count = 60) {
  await run(
    `TRUNCATE orders; INSERT INTO orders SELECT n, ${version}, repeat('x', n % 20) FROM generate_series(1, ${count}) n`,
  );
}
const table = (version: number, count = 60) => [
  header,
  ...Array.from({ length: count }, (_, index) =>
    index % 20 === 19 ? [index + 1, version] : [index + 1, version, 'x'.repeat((index + 1) % 20)],
  ),
];

/** Nothing reaches Sheets after so many requests; the number that got through. */
async function killedAfter(sheets: SheetsWorld, requests: number, spec: typeof replace): Promise<SyncReport> {
  const { faults } = sheets.world.google;
  faults.add({ operation: 'sheets', effect: 'drop', when: 'before', nth: requests + 1, count: 1_000_000 });
  const report = await sheets.run(spec, small);
  faults.clear();
  return report;
}

async function succeeding(sheets: SheetsWorld, spec: typeof replace) {
  const report = await sheets.run(spec, small);
  assert.equal(report.result, 'Succeeded', String(report.message));
  return report;
}

test('killed after each request of a Replace, the tab is whole, old or new, and the next run makes it equal to the table', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 0);
  await succeeding(sheets, replace);
  let version = 0;
  for (let requests = 0; ; requests++) {
    const before = version++;
    await fill(sheets, version, 40 + version * 3);
    const old = await sheets.values('Orders');
    const report = await killedAfter(sheets, requests, replace);
    if (report.result === 'Succeeded') {
      assert.ok(requests > 5, 'too few requests to be a test');
      break;
    }
    const found = await sheets.values('Orders');
    const whole = [old, table(version, 40 + version * 3)].some(
      (state) => JSON.stringify(state) === JSON.stringify(found),
    );
    assert.ok(whole, `half-written after ${requests} requests (version ${before})`);
    await succeeding(sheets, replace);
    assert.deepEqual(await sheets.values('Orders'), table(version, 40 + version * 3));
  }
  // Hidden tabs of the killed runs go as soon as their time is over.
  await sheets.world.clock.sleep(2 * 3_600_000, new AbortController().signal);
  await succeeding(sheets, replace);
  assert.deepEqual(await sheets.titles(), ['Sheet1', 'Orders']);
});

test('killed after each request of the first Replace, the next run makes the tab', async (t) => {
  for (let requests = 0; ; requests++) {
    const sheets = await sheetsWorld(t, sql);
    await fill(sheets, 1);
    const report = await killedAfter(sheets, requests, replace);
    const there = (await sheets.titles()).includes('Orders');
    if (there) assert.deepEqual(await sheets.values('Orders'), table(1));
    await succeeding(sheets, replace);
    assert.deepEqual(await sheets.values('Orders'), table(1));
    if (report.result === 'Succeeded') break;
  }
});

test('killed after each request of an Append, the next run leaves every row there once', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  let last = 20;
  await sheets.sql(`INSERT INTO orders SELECT n, 1, 'x' FROM generate_series(1, ${last}) n`);
  for (let requests = 0; ; requests++) {
    const report = await killedAfter(sheets, requests, append);
    await succeeding(sheets, append);
    const ids = (await sheets.values('Orders')).slice(1).map(([id]) => id);
    assert.deepEqual(
      ids,
      Array.from({ length: last }, (_, index) => index + 1),
      `after ${requests} requests`,
    );
    if (report.result === 'Succeeded') break;
    // The last one comes late: below the newest key.
    await sheets.sql(
      `INSERT INTO orders SELECT n, 1, 'x' FROM generate_series(${last + 1}, ${last + 120}) n`,
    );
    last += 120;
  }
});

test('killed after each request of a sync in place, the next run makes the tab equal to the table', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 0);
  await succeeding(sheets, replace);
  const gridProperties = { rowCount: 9_973_700, columnCount: 1 };
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, {
    requests: [{ addSheet: { properties: { title: 'Big', gridProperties } } }],
  });
  for (let requests = 0; ; requests++) {
    await fill(sheets, requests + 1);
    const killed = await killedAfter(sheets, requests, replace);
    const { sheets: done } = await succeeding(sheets, replace);
    assert.equal(done[0]?.inPlace, true);
    assert.deepEqual(await sheets.values('Orders'), table(requests + 1), `after ${requests} requests`);
    if (killed.result === 'Succeeded') break;
  }
});

test('an answer that is lost, whichever it is, makes a Replace neither fail nor differ from the table', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 0);
  await succeeding(sheets, replace);
  const positions = await lostAnswers(sheets, replace, async (nth) => {
    await fill(sheets, nth);
    return table(nth);
  });
  assert.ok(positions > 5, String(positions));
});

test('an answer that is lost, whichever it is, makes an Append double nothing', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  await fill(sheets, 1);
  await succeeding(sheets, append);
  const positions = await lostAnswers(sheets, append, async (nth) => {
    const count = 60 + nth * 60;
    await sheets.sql(
      `INSERT INTO orders SELECT n, 1, repeat('x', n % 20) FROM generate_series(${count - 59}, ${count}) n`,
    );
    return table(1, count);
  });
  assert.ok(positions > 5, String(positions));
});

/** Syncs again and again, each time with a later answer lost, until there is none left; gives how many there were. */
async function lostAnswers(
  sheets: SheetsWorld,
  spec: typeof replace,
  change: (nth: number) => Promise<unknown>,
): Promise<number> {
  const { faults } = sheets.world.google;
  for (let nth = 1; ; nth++) {
    const expected = await change(nth);
    const fault = faults.add({ operation: 'sheets', effect: 'drop', when: 'after', nth });
    await succeeding(sheets, spec);
    const { hits } = fault;
    faults.clear();
    assert.deepEqual(await sheets.values('Orders'), expected, `answer ${nth} lost`);
    if (hits === 0) return nth - 1;
  }
}
