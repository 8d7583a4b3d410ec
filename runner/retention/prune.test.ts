import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import type { Destination } from '../destinations/destination.ts';
import { directoryPruneFixture, drivePruneFixture, me, type PruneFixture, wrapped } from './pruneFixture.ts';

const other = 'b7a6c0de-0000-4000-8000-000000000002';
const whole = (...sets: string[]) =>
  sets.flatMap((set) => ['.csv', '.json', '.manifest.json'].map((end) => set + end)).sort();

const kinds: [string, (t: TestContext) => Promise<PruneFixture>][] = [
  ['Drive', drivePruneFixture],
  ['a directory', directoryPruneFixture],
];

for (const [where, open] of kinds) {
  test(`removes what is too old and too much, and keeps the rest whole: ${where}`, async (t) => {
    const world = await open(t);
    await world.store('a', { age: 50 });
    await world.store('b', { age: 40 });
    await world.store('c', { age: 3 });
    await world.store('d', { age: 2 });
    const current = await world.store('e');
    const { retention, warnings } = await world.prune(current, { maxAgeDays: 30, maxCount: 2 });
    assert.deepEqual(await world.names(), whole('d', 'e'));
    assert.deepEqual(retention, {
      removed: [
        { set: 'c', why: 'beyond the newest 2' },
        { set: 'b', why: 'older than 30 days' },
        { set: 'a', why: 'older than 30 days' },
      ],
      removedCount: 3,
      kept: 2,
      foreignSets: 0,
      damagedSets: 0,
    });
    assert.deepEqual(warnings, []);
  });

  test(`never goes below minKeep good sets, however old: ${where}`, async (t) => {
    const world = await open(t);
    for (const age of [150, 140, 130]) await world.store(`old${age}`, { age });
    const current = await world.store('new');
    const { retention } = await world.prune(current, { maxAgeDays: 1, minKeep: 3 });
    assert.deepEqual(await world.names(), whole('new', 'old130', 'old140'));
    assert.equal(retention.kept, 3);
  });

  test(`never touches the sets of another backup or cluster in the folder, but counts them: ${where}`, async (t) => {
    const world = await open(t);
    for (const age of [90, 80, 70]) await world.store(`theirs${age}`, { age, owner: other });
    await world.store('theirs-unfinished', { age: 60, owner: other, manifest: false });
    await world.store('mine', { age: 90 });
    const current = await world.store('new');
    const { retention } = await world.prune(current, { maxAgeDays: 1 });
    assert.equal(retention.foreignSets, 4);
    assert.deepEqual(retention.removed, [{ set: 'mine', why: 'older than 1 day' }]);
    const left = await world.names();
    assert.deepEqual(left.filter((name) => name.startsWith('theirs')).length, 11);
    assert.ok(left.includes('new.manifest.json') && !left.some((name) => name.startsWith('mine')));
  });

  test(`moves to the bin with mode Trash, removes for ever with Delete: ${where}`, async (t) => {
    for (const mode of ['Trash', 'Delete'] as const) {
      const world = await open(t);
      await world.store('old', { age: 9 });
      const modes: string[] = [];
      const destination = wrapped(world.destination, {
        remove: (id, how, signal) => {
          modes.push(how);
          return world.destination.remove(id, how, signal);
        },
      });
      await world.prune(await world.store('new'), { maxAgeDays: 1, mode }, { destination });
      assert.deepEqual(modes, [mode, mode, mode]);
      assert.deepEqual(await world.names(), whole('new'));
    }
  });

  test(`a set that cannot be removed is said, and the others still go: ${where}`, async (t) => {
    const world = await open(t);
    const stuck = await world.store('stuck', { age: 9 });
    await world.store('old', { age: 8 });
    const current = await world.store('new');
    const destination = refusing(world.destination, stuck.files[0].id);
    const { retention, warnings } = await world.prune(current, { maxAgeDays: 1 }, { destination });
    assert.deepEqual(await world.names(), whole('new', 'stuck'));
    assert.deepEqual(warnings, ['Set stuck could not be removed: The bin is closed.']);
    assert.deepEqual(retention.removed, [{ set: 'old', why: 'older than 1 day' }]);
    assert.equal(retention.kept, 2);
  });
}

test('a set without its manifest any more counts as removed, and says what stayed', async (t) => {
  const world = await drivePruneFixture(t);
  const old = await world.store('old', { age: 9 });
  const current = await world.store('new');
  const destination = refusing(world.destination, old.files[1]?.id ?? '');
  const { retention, warnings } = await world.prune(current, { maxAgeDays: 1 }, { destination });
  assert.deepEqual([retention.kept, retention.removedCount], [1, 1]);
  assert.match(warnings[0] ?? '', /^Set old is removed, but 2 of its files are still there; a later run/);
  // The later run: what is left is unfinished to it.
  const later = await world.prune(current, { maxAgeDays: 1 });
  assert.deepEqual(later.retention.removed, [{ set: 'old', why: 'unfinished, and its run is over' }]);
  assert.deepEqual(await world.names(), whole('new'));
});

test('never gives up the set of this run, even if the rules say so', async (t) => {
  const world = await drivePruneFixture(t);
  // Slow: it became complete long before others that were faster.
  const current = await world.store('slow', { age: 60 });
  for (const age of [3, 2, 1]) await world.store(`fast${age}`, { age });
  await world.prune(current, { maxAgeDays: 30, maxCount: 3, minKeep: 3 });
  assert.deepEqual(await world.names(), whole('fast1', 'fast2', 'fast3', 'slow'));
});

test('names may be doubled: files go by ID, and the namesake of another owner stays', async (t) => {
  const world = await drivePruneFixture(t);
  const namesake = await world.store('twin', { age: 9, owner: other });
  const mine = await world.store('twin', { age: 9 });
  const second = await world.store('twin', { age: 8 });
  const current = await world.store('new');
  const { retention } = await world.prune(current, { maxCount: 2 });
  assert.equal(retention.removedCount, 1);
  const ids = new Set(world.fake.files().flatMap(({ id, trashed }) => (trashed ? [] : [id])));
  assert.ok([...namesake.files, ...second.files, ...current.files].every(({ id }) => ids.has(id)));
  assert.ok(mine.files.every(({ id }) => !ids.has(id)));
});

function refusing(inner: Destination, refused: string): Destination {
  return wrapped(inner, {
    remove: async (id, mode, signal) => {
      if (id === refused) throw new BackupError('UploadFailed', 'The bin is closed.');
      return inner.remove(id, mode, signal);
    },
  });
}

test('mode Delete puts unfinished sets into the bin all the same', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('dead', { age: 2, manifest: false });
  await world.prune(await world.store('new'), { mode: 'Delete' });
  const dead = world.fake.files().filter(({ appProperties }) => appProperties.set === 'dead');
  assert.deepEqual(
    dead.map(({ trashed, name }) => [name, trashed]),
    [
      ['dead.csv', true],
      ['dead.json', true],
    ],
  );
  assert.ok(dead.every(({ appProperties }) => appProperties.owner === me));
});
