import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import { drivePruneFixture, wrapped } from './pruneFixture.ts';

test('counts the set of this run although the listing does not show it yet, in whole or in part', async (t) => {
  for (const name of [/^new/, /^new\.manifest/, /^new\.csv/]) {
    const world = await drivePruneFixture(t);
    await world.store('older', { age: 3 });
    await world.store('old', { age: 2 });
    const lag = world.fake.faults.add({
      operation: 'create',
      effect: 'listingLag',
      lists: 9,
      count: 9,
      name,
    });
    const current = await world.store('new');
    assert.ok(lag.hits > 0);
    const { retention, warnings } = await world.prune(current, { maxCount: 2, minKeep: 2 });
    assert.deepEqual(retention.removed, [{ set: 'older', why: 'beyond the newest 2' }]);
    assert.deepEqual([retention.kept, retention.damagedSets, warnings], [2, 0, []]);
    assert.equal(world.fake.files().filter((file) => file.name.startsWith('new') && !file.trashed).length, 3);
  }
});

test('an older set that the listing shows in part protects nothing and is left alone', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('older', { age: 4 });
  await world.store('good', { age: 3 });
  world.fake.faults.add({ operation: 'create', effect: 'listingLag', lists: 9, name: /^half\.csv/ });
  await world.store('half', { age: 2 });
  const { retention } = await world.prune(await world.store('new'), { maxCount: 2, minKeep: 2 });
  assert.deepEqual(
    retention.removed.map(({ set }) => set),
    ['older'],
  );
  assert.equal(retention.damagedSets, 1);
});

test('a set whose manifest a listing misses is not taken for the remains of a dead run', async (t) => {
  const world = await drivePruneFixture(t);
  world.fake.faults.add({ operation: 'create', effect: 'listingLag', lists: 1, name: /^kept\.manifest/ });
  await world.store('kept', { age: 5 });
  await world.store('dead', { age: 5, manifest: false });
  const { retention } = await world.prune(await world.store('new'), {});
  assert.deepEqual(retention.removed, [{ set: 'dead', why: 'unfinished, and its run is over' }]);
  assert.equal(
    world.fake.files().filter(({ name, trashed }) => name.startsWith('kept') && !trashed).length,
    3,
  );
});

test('removes nothing if a page of the listing fails, is incomplete or cannot be had at all', async (t) => {
  const faults = [
    { effect: 'error', status: 404, reason: 'notFound', page: 2 },
    { effect: 'error', status: 403, reason: 'insufficientPermissions', page: 3 },
    { effect: 'incompleteSearch', page: 1 },
    { effect: 'incompleteSearch', page: 3 },
  ] as const;
  for (const fault of faults) {
    const world = await drivePruneFixture(t, { pageSize: 4 });
    for (const age of [9, 8, 7]) await world.store(`old${age}`, { age });
    await world.store('dead', { age: 9, manifest: false });
    const current = await world.store('new');
    const before = await world.names();
    const added = world.fake.faults.add({ operation: 'list', count: 99, ...fault });
    const { retention } = await world.prune(current, { maxAgeDays: 1 });
    assert.ok(added.hits > 0);
    assert.deepEqual([retention.removed, retention.kept], [[], 0]);
    assert.ok(retention.skipped && retention.skippedReason);
    assert.deepEqual(await world.names(), before);
    // Without the fault the same call does remove.
    world.fake.faults.clear();
    assert.equal((await world.prune(current, { maxAgeDays: 1 })).retention.removedCount, 4);
  }
});

test('removes nothing if a manifest cannot be read for reasons that are not its own', async (t) => {
  const world = await drivePruneFixture(t);
  const old = await world.store('old', { age: 9 });
  await world.store('good', { age: 8 });
  const current = await world.store('new');
  const destination = wrapped(world.destination, {
    async *read(id, signal) {
      if (id === old.files[0].id) throw new BackupError('UploadFailed', 'The line is dead.');
      yield* world.destination.read(id, signal);
    },
  });
  const { retention } = await world.prune(current, { maxAgeDays: 1 }, { destination });
  assert.deepEqual([retention.removedCount, retention.skipped], [0, 'The line is dead.']);
});

test('a manifest that another run removes after the listing is no reason to stop, nor to reap its files', async (t) => {
  const world = await drivePruneFixture(t);
  const going = await world.store('going', { age: 9 });
  await world.store('old', { age: 8 });
  const current = await world.store('new');
  const destination = wrapped(world.destination, {
    list: async (signal) => {
      const listing = await world.destination.list(signal);
      await world.destination.remove(going.files[0].id, 'Trash', signal);
      return listing;
    },
  });
  const { retention, warnings } = await world.prune(current, { maxAgeDays: 1 }, { destination });
  assert.deepEqual(
    retention.removed.map(({ set }) => set),
    ['old'],
  );
  assert.deepEqual([retention.skipped, retention.damagedSets, warnings], [undefined, 0, []]);
  assert.ok((await world.names()).includes('going.csv'));
});

test('a listing that names files twice does not make two sets of one', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('older', { age: 3 });
  await world.store('old', { age: 2 });
  const current = await world.store('new');
  const destination = wrapped(world.destination, {
    list: async (signal) => {
      const listing = await world.destination.list(signal);
      return [...listing, ...listing.filter(({ name }) => name.startsWith('old.'))];
    },
  });
  const { retention, warnings } = await world.prune(current, { maxCount: 3, minKeep: 3 }, { destination });
  assert.deepEqual([retention.removed, retention.kept, warnings], [[], 3, []]);
});

test("removes nothing if this run's set or another one that justifies it has gone or changed meanwhile", async (t) => {
  for (const victim of ['new', 'mid']) {
    const world = await drivePruneFixture(t);
    await world.store('old', { age: 9 });
    const mid = await world.store('mid', { age: 1 });
    const current = await world.store('new');
    const lost = (victim === 'new' ? current : mid).files[1]?.id ?? '';
    const destination = wrapped(world.destination, {
      list: async (signal) => {
        const listing = await world.destination.list(signal);
        await world.destination.remove(lost, 'Delete', signal);
        return listing;
      },
    });
    const { retention } = await world.prune(current, { maxCount: 2, minKeep: 2 }, { destination });
    assert.deepEqual(retention.removed, []);
    assert.match(retention.skipped ?? '', new RegExp(`${victim}\\.csv of set ${victim}, which was to stay`));
    assert.ok((await world.names()).includes('old.csv'));
  }
});
