import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest, setsOf } from './goodSets.ts';
import { drivePruneFixture, me } from './pruneFixture.ts';

test('sorts a listing into good, damaged and foreign sets and loose files', async (t) => {
  const world = await drivePruneFixture(t);
  const good = await world.store('good');
  await world.store('torn', { manifest: '{' });
  await world.store('loose', { manifest: false });
  await world.store('foreign', { owner: 'somebody' });
  const listing = await world.destination.list(world.signal);
  const sets = await setsOf(world.destination, listing, me, world.signal);
  assert.deepEqual(
    sets.good.map(({ id, name, files }) => [id, name, files.map((file) => file.name)]),
    [[good.files[0].id, 'good', ['good.manifest.json', 'good.csv', 'good.json']]],
  );
  assert.deepEqual(
    sets.damaged.map(({ name, why }) => [name, why]),
    [['torn', 'its manifest is not JSON']],
  );
  assert.deepEqual(sets.loose.map(({ name }) => name).sort(), ['loose.csv', 'loose.json']);
  assert.equal(sets.foreign, 1);
});

test('reads a manifest, says why it is none, and tells one that has gone from one that cannot be read', async (t) => {
  const world = await drivePruneFixture(t);
  const { files, manifest } = await world.store('good');
  const [file] = files;
  assert.deepEqual(await readManifest(world.destination, file, world.signal), manifest);
  const huge = { ...file, bytes: 1e9 };
  assert.match(String(await readManifest(world.destination, huge, world.signal)), /too large/);
  world.fake.faults.add({ operation: 'download', effect: 'error', status: 403, reason: 'forbidden' });
  await assert.rejects(readManifest(world.destination, file, world.signal));
  await world.destination.remove(file.id, 'Trash', world.signal);
  assert.equal(await readManifest(world.destination, file, world.signal), undefined);
});
