import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drivePruneFixture, wrapped } from './pruneFixture.ts';

const minutes = 60_000;
const year = 365 * 86_400_000;

test('removes nothing if our clock and that of Drive differ by more than five minutes', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('old', { age: 9 });
  await world.store('dead', { age: 9, manifest: false });
  const current = await world.store('new');
  const before = await world.names();
  for (const off of [year, -year, 6 * minutes, -6 * minutes]) {
    const now = () => new Date(world.now.getTime() + off);
    const { retention } = await world.prune(current, { maxAgeDays: 1 }, { now });
    assert.match(retention.skipped ?? '', /^the clocks of runner and destination differ by \d+ minutes$/);
    assert.deepEqual([retention.removedCount, retention.kept], [0, 2]);
  }
  assert.deepEqual(await world.names(), before);
  const now = () => new Date(world.now.getTime() + 4 * minutes);
  assert.equal((await world.prune(current, { maxAgeDays: 1 }, { now })).retention.removedCount, 2);
});

test('a Drive that answers slowly, or has many manifests to read, is no clock that is off', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('old', { age: 9 });
  const current = await world.store('new');
  let passed = 0;
  const destination = wrapped(world.destination, {
    inspect: async (signal) => {
      const state = await world.destination.inspect(signal);
      passed += 7 * minutes;
      return state;
    },
    async *read(id, signal) {
      passed += 7 * minutes;
      yield* world.destination.read(id, signal);
    },
  });
  const now = () => new Date(world.now.getTime() + passed);
  const { retention } = await world.prune(current, { maxAgeDays: 1 }, { destination, now });
  assert.deepEqual([retention.skipped, retention.removedCount], [undefined, 1]);

  await world.store('old again', { age: 9 });
  const waiting = wrapped(world.destination, {
    inspect: (signal) => {
      world.now = new Date(world.now.getTime() + 7 * minutes);
      return world.destination.inspect(signal);
    },
  });
  const later = await world.prune(current, { maxAgeDays: 1 }, { destination: waiting });
  assert.deepEqual([later.retention.skipped, later.retention.removedCount], [undefined, 1]);
});

test('ages are those of Drive, whatever the times in names and manifests', async (t) => {
  const world = await drivePruneFixture(t);
  const snapshotTime = '2001-01-01T00:00:00.000Z';
  await world.store('backup_20010101_000000', { age: 1, change: (m) => ({ ...m, snapshotTime }) });
  await world.store('backup_20990101_000000', {
    age: 40,
    change: (m) => ({ ...m, snapshotTime: '2099-01-01T00:00:00.000Z' }),
  });
  const { retention } = await world.prune(await world.store('new'), { maxAgeDays: 30 });
  assert.deepEqual(
    retention.removed.map(({ set }) => set),
    ['backup_20990101_000000'],
  );
});

test('unfinished sets go an hour after their own deadline by the clock of Drive, and not before', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('dead', { manifest: false, deadline: 60 });
  await world.store('running', { manifest: false, deadline: 62 });
  await world.store('timeless', { manifest: false, change: (m) => m });
  const current = await world.store('new');
  const listing = await world.destination.list(world.signal);
  for (const { id, tags } of listing.filter(({ tags }) => tags?.set === 'timeless')) {
    await world.destination.tag(
      id,
      { owner: tags?.owner ?? '', set: 'timeless', deadline: 'soon' },
      world.signal,
    );
  }
  world.now = new Date(world.now.getTime() + 120 * minutes);
  assert.deepEqual((await world.prune(current, {})).retention.removed, []);
  world.now = new Date(world.now.getTime() + minutes);
  const { retention } = await world.prune(current, {});
  assert.deepEqual(retention.removed, [{ set: 'dead', why: 'unfinished, and its run is over' }]);
  const left = (await world.names()).filter((name) => !name.startsWith('new'));
  assert.deepEqual(left, ['running.csv', 'running.json', 'timeless.csv', 'timeless.json']);
});

test('the files of this run are never reaped, even past its own deadline', async (t) => {
  const world = await drivePruneFixture(t);
  world.fake.faults.add({ operation: 'create', effect: 'listingLag', lists: 99, name: /manifest/ });
  const current = await world.store('new', { deadline: -200 });
  assert.deepEqual((await world.prune(current, {})).retention.removed, []);
  assert.equal((await world.names()).length, 3);
});
