import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../crds/failureReason.ts';
import type { RunReport } from '../../crds/runReport.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { eventually, testPostgres } from '../../sandbox/testing.ts';
import type { Clock } from '../destinations/clock.ts';

const shop = `CREATE TABLE items (id int, name text);
  INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 500) i;`;
const day = 86_400_000;

interface TimedWorld extends RunWorld {
  /** Moves the clocks of Google and of runs that start from now on. */
  to(days: number): void;
}

async function timedWorld(t: TestContext): Promise<TimedWorld> {
  const world = await runWorld(t, shop);
  let offset = 0;
  const now = () => new Date(Date.now() + offset);
  const clock: Clock = { now, sleep: (ms, signal) => delay(Math.min(ms, 50), undefined, { signal }) };
  const to = (days: number) => {
    offset = days * day;
  };
  return Object.assign(world, { googleNow: now, clock, to });
}

const spec = { formats: ['csv' as const], retention: { maxAgeDays: 5, minKeep: 1 } };
const manifests = (world: RunWorld) => world.names().filter((name) => name.endsWith('.manifest.json'));
// With pg_dump at hand there is a .schema.sql too.
const whole = (world: RunWorld, { set, files }: RunReport) => {
  const names = new Set(world.names());
  return set !== undefined && files.length > 1 && files.every(({ name }) => names.has(name));
};

async function succeeding(world: RunWorld, backup = world.backup(spec)): Promise<RunReport> {
  const report = await world.run(backup);
  assert.equal(report.result, 'Succeeded', String(report.message));
  return report;
}

/** Starts a run that stops before its manifest, all its other files confirmed, until `resume`. */
async function haltedRun(world: TimedWorld, start = () => world.run(world.backup(spec))) {
  const { promise: gate, resolve: resume } = Promise.withResolvers<void>();
  const { promise: halted, resolve: halt } = Promise.withResolvers<void>();
  const { clock } = world;
  const fault = { operation: 'uploadStart', effect: 'error', status: 503, name: /manifest/ } as const;
  world.google.faults.add(fault);
  world.clock = {
    now: clock.now,
    async sleep() {
      halt();
      await gate;
    },
  };
  const report = start();
  world.clock = clock;
  await Promise.race([halted, report.then(({ message }) => assert.fail(`it never halted: ${message}`))]);
  return { report, resume };
}

test('two backups in one folder, and one YAML in two clusters, prune their own sets alone', async (t) => {
  const world = await timedWorld(t);
  const backups = [
    world.backup(spec, { uid: 'b7a6c0de-0000-4000-8000-00000000000a' }),
    world.backup(spec, { uid: 'b7a6c0de-0000-4000-8000-00000000000b' }),
    world.backup(spec, { name: 'other' }),
  ];
  const first: RunReport[] = [];
  for (const backup of backups) first.push(await succeeding(world, backup));
  world.to(10);
  const report = await succeeding(world, backups[0]);
  assert.deepEqual(
    report.retention?.removed.map(({ set }) => set),
    [first[0]?.set],
  );
  assert.equal(report.retention?.foreignSets, 2);
  const left = world.google.files().filter(({ trashed, name }) => !trashed && name.endsWith('manifest.json'));
  assert.equal(new Set(left.map(({ appProperties }) => appProperties.owner)).size, 3);
});

test('a run that fails prunes nothing', async (t) => {
  const world = await timedWorld(t);
  await succeeding(world);
  await succeeding(world);
  const before = world.names();
  world.to(10);
  world.google.faults.add({ operation: 'create', effect: 'wrongChecksum', count: 9, name: /csv$/ });
  const report = await world.run(world.backup(spec));
  assert.deepEqual(
    [report.result, report.reason, report.retention],
    ['Failed', 'ChecksumMismatch', undefined],
  );
  assert.deepEqual(world.names(), before);
});

test('a wiped database prunes nothing, run after run, and every mail says so', async (t) => {
  const world = await timedWorld(t);
  for (let run = 0; run < 3; run += 1) await succeeding(world);
  await (await testPostgres(t)).query('TRUNCATE items', world.uri);
  for (const days of [6, 7]) {
    world.to(days);
    const { retention } = await succeeding(world);
    assert.deepEqual([retention?.skippedReason, retention?.removedCount], ['Shrunk', 0]);
    assert.match(retention?.skipped ?? '', /has 0 rows, less than 0.5 times the usual 500/);
  }
  await eventually(() =>
    assert.equal(world.mailbox.messages().filter(({ text }) => /Shrunk/.test(text)).length, 2),
  );
  assert.equal(manifests(world).length, 5);
});

test('a run that prunes leaves the files of one that still uploads, and both end complete', async (t) => {
  const world = await timedWorld(t);
  world.to(-10);
  const old = await succeeding(world);
  world.to(0);
  const { report, resume } = await haltedRun(world);
  const fast = await succeeding(world);
  assert.deepEqual(
    fast.retention?.removed.map(({ set }) => set),
    [old.set],
  );
  resume();
  const slow = await report;
  assert.equal(slow.result, 'Succeeded', String(slow.message));
  assert.ok(whole(world, slow) && whole(world, fast) && !whole(world, old));
  assert.notEqual(slow.set, fast.set);
});

test('two runs that prune at the same time remove what is old once, and no more', async (t) => {
  const world = await timedWorld(t);
  world.to(-10);
  const old = [await succeeding(world), await succeeding(world)];
  world.to(0);
  const halted = [await haltedRun(world), await haltedRun(world)];
  for (const { resume } of halted) resume();
  const reports = await Promise.all(halted.map(({ report }) => report));
  for (const report of reports) {
    assert.equal(report.result, 'Succeeded', String(report.message));
    assert.deepEqual([report.retention?.damagedSets, report.warnings], [0, []]);
  }
  assert.equal(manifests(world).length, 2);
  assert.ok(old.every((report) => !whole(world, report)));
});

test('a run whose machine slept past its deadline is no success: another one has removed its files', async (t) => {
  const world = await timedWorld(t);
  const good = await succeeding(world);
  const { report, resume } = await haltedRun(world);
  world.to(0.5);
  const reaper = await succeeding(world);
  assert.deepEqual(
    reaper.retention?.removed.map(({ why }) => why),
    ['unfinished, and its run is over'],
  );
  resume();
  const slept = await report;
  assert.deepEqual([slept.result, slept.reason], ['Failed', 'DeadlineExceeded']);
  assert.equal(world.names().length, good.files.length + reaper.files.length);
  assert.equal(manifests(world).length, 2);
  assert.ok(whole(world, good) && whole(world, reaper));
});

test('stopped in the middle of pruning, the backup stays a success and says so', async (t) => {
  const world = await timedWorld(t);
  world.to(-10);
  for (let run = 0; run < 2; run += 1) await succeeding(world);
  world.to(0);
  const hanging = world.google.faults.add({ operation: 'update', effect: 'hang', nth: 3, count: 9 });
  const stop = new AbortController();
  const running = world.run(world.backup(spec), stop.signal);
  await eventually(() => assert.equal(hanging.hits, 1));
  stop.abort(new BackupError('Interrupted', 'Stopped by the test.'));
  const report = await running;
  assert.equal(report.result, 'Succeeded', String(report.message));
  assert.deepEqual(
    [report.retention?.removedCount, report.retention?.kept, report.retention?.skippedReason],
    [1, 2, 'Interrupted'],
  );
  assert.equal(report.retention?.skipped, 'Stopped by the test.');
  assert.ok(whole(world, report));
  const mail = await world.mailbox.waitForMessage(({ text }) => /Interrupted/.test(text));
  assert.match(mail.subject, /backup: 500 rows, .*with a warning/);
  assert.match(mail.text, /Retention stopped early/);
});
