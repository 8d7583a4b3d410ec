import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type StartedPod, startPod } from '../podFixture.ts';
import { type SheetsWorld, sheetsWorld } from './sheetsFixture.ts';

const sql = 'CREATE TABLE orders (id int PRIMARY KEY, version int, note text)';
const replace = [{ name: 'Orders', table: 'public.orders' }];
const append = [{ name: 'Orders', table: 'public.orders', mode: 'Append' as const, keyColumn: 'id' }];
/** So many rows of a run have more than 2 MB: they are two batches. */
const count = 48;
const add = ({ sql: run }: SheetsWorld, from: number, version: number) =>
  run(
    `INSERT INTO orders SELECT n, ${version}, repeat(chr(97 + n % 26), 45000) FROM generate_series(${from}, ${from + count - 1}) n`,
  );
/** All rows anew, of one version. */
async function fill(sheets: SheetsWorld, version: number): Promise<void> {
  await sheets.sql('TRUNCATE orders');
  await add(sheets, 1, version);
}
const moments = ['before', 'after'] as const;

async function bigWorld(t: TestContext): Promise<SheetsWorld> {
  const sheets = await sheetsWorld(t, sql);
  // The pods of a minute are more than a minute has of writes.
  sheets.world.google.sheetsQuota.perUser = Number.POSITIVE_INFINITY;
  return sheets;
}

/** A pod that is killed when its nth request to Sheets has come: before it is carried out, or after that and before the answer. */
async function killedPod(
  t: TestContext,
  { world, spec }: SheetsWorld,
  sheet: typeof replace,
  { nth, when }: { nth: number; when: (typeof moments)[number] },
): Promise<{ wasKilled: boolean }> {
  const { secrets, environment } = world;
  const { faults } = world.google;
  let pod: StartedPod | undefined;
  faults.add({ operation: 'sheets', nth, effect: 'call', when, call: () => pod?.kill() });
  if (when === 'before') faults.add({ operation: 'sheets', nth, effect: 'drop', when });
  pod = await startPod(t, 'sync', { resource: JSON.stringify(spec(sheet)), secrets, environment });
  const { status, log } = await pod.ended;
  faults.clear();
  assert.ok(status === null || status === 0, log);
  return { wasKilled: status === null };
}

/** Kills pods at every request of a run, in both moments; gives the positions that a run has. */
async function eachPosition(
  t: TestContext,
  sheets: SheetsWorld,
  sheet: typeof replace,
  around: { before(round: number): Promise<unknown>; after(round: number, place: string): Promise<unknown> },
): Promise<number> {
  let round = 0;
  for (let nth = 1; ; nth++) {
    for (const when of moments) {
      await around.before(++round);
      const { wasKilled } = await killedPod(t, sheets, sheet, { nth, when });
      await around.after(round, `killed ${when} request ${nth}`);
      if (!wasKilled) return nth - 1;
    }
  }
}

/** Another run, which nobody kills; its clock runs ahead, so that it does not wait for the dead. */
async function nextRun(sheets: SheetsWorld, sheet: typeof replace, place: string) {
  const report = await sheets.run(sheet);
  assert.equal(report.result, 'Succeeded', `${place}: ${report.message}`);
  return report;
}

/** What stands in the tab, but not the long texts. */
const short = async (sheets: SheetsWorld) =>
  (await sheets.values('Orders')).slice(1).map(([id, version]) => [id, version]);
const rows = (length: number, version: number) => Array.from({ length }, (_, index) => [index + 1, version]);

/** Hidden tabs of the killed are gone with the first run after their time. */
async function requireNothingLeft(sheets: SheetsWorld, sheet: typeof replace, titles: readonly string[]) {
  await sheets.world.clock.sleep(2 * 3_600_000, new AbortController().signal);
  await nextRun(sheets, sheet, 'later');
  assert.deepEqual(await sheets.titles(), titles);
}

test('a pod that is killed at any request of a Replace leaves the tab whole, old or new, and the next run makes it equal', async (t) => {
  const sheets = await bigWorld(t);
  const positions = await eachPosition(t, sheets, replace, {
    before: (round) => fill(sheets, round),
    async after(round, place) {
      const found = (await sheets.titles()).includes('Orders') ? await short(sheets) : [];
      const whole = [round - 1, round].map((version) => JSON.stringify(rows(count, version)));
      assert.ok(round === 1 || whole.includes(JSON.stringify(found)), place);
      await nextRun(sheets, replace, place);
      assert.deepEqual(await short(sheets), rows(count, round), place);
    },
  });
  assert.ok(positions >= 5, String(positions));
  await requireNothingLeft(sheets, replace, ['Sheet1', 'Orders']);
});

test('a pod that is killed at any request of an Append leaves no row doubled and, after the next run, none lacking', async (t) => {
  const sheets = await bigWorld(t);
  const positions = await eachPosition(t, sheets, append, {
    before: (round) => add(sheets, (round - 1) * count + 1, 1),
    async after(round, place) {
      await nextRun(sheets, append, place);
      assert.deepEqual(await short(sheets), rows(round * count, 1), place);
    },
  });
  assert.ok(positions >= 6, String(positions));
  await requireNothingLeft(sheets, append, ['Sheet1', 'Orders']);
});

test('a pod that is killed at any request of a sync in place is made good by the next run', async (t) => {
  const sheets = await bigWorld(t);
  await fill(sheets, 0);
  await nextRun(sheets, replace, 'first');
  const gridProperties = { rowCount: 9_973_800, columnCount: 1 };
  await sheets.request('POST', `/${sheets.id}:batchUpdate`, {
    requests: [{ addSheet: { properties: { title: 'Big', gridProperties } } }],
  });
  const positions = await eachPosition(t, sheets, replace, {
    before: (round) => fill(sheets, round),
    async after(round, place) {
      const { sheets: done } = await nextRun(sheets, replace, place);
      assert.equal(done[0]?.inPlace, true);
      assert.deepEqual(await short(sheets), rows(count, round), place);
    },
  });
  assert.ok(positions >= 5, String(positions));
  await requireNothingLeft(sheets, replace, ['Sheet1', 'Orders', 'Big']);
});
