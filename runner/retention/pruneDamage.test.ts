import assert from 'node:assert/strict';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { openDirectory } from '../destinations/directory.ts';
import type { CompleteSet } from './prune.ts';
import { type DrivePruneFixture, drivePruneFixture, type SetToStore, wrapped } from './pruneFixture.ts';

/** Ways for the newest older set to be no good one. Each once pushed out a good set when it was counted as good. */
const damages: {
  what: string;
  says: RegExp;
  set?: SetToStore;
  spoil?: (world: DrivePruneFixture, set: CompleteSet) => Promise<unknown>;
}[] = [
  {
    what: 'a file of it is missing',
    says: /bad\.csv is missing/,
    spoil: ({ destination, signal }, { files }) => destination.remove(files[1]?.id ?? '', 'Trash', signal),
  },
  {
    what: 'a file has another size',
    says: /bad\.csv has 5 bytes instead of 6/,
    set: {
      change: (m) => ({ ...m, files: m.files.map((f) => (f.format === 'csv' ? { ...f, bytes: 6 } : f)) }),
    },
  },
  {
    what: 'a file has another checksum',
    says: /bad\.json has another checksum/,
    set: {
      change: (m) => ({
        ...m,
        files: m.files.map((f) => (f.format === 'json' ? { ...f, sha256: '0'.repeat(64) } : f)),
      }),
    },
  },
  {
    what: 'its manifest names no file',
    says: /names no files/,
    set: { change: (m) => ({ ...m, files: [] }) },
  },
  { what: 'its manifest is broken off', says: /is not JSON/, set: { manifest: '{"kind": "Database' } },
  { what: 'its manifest is empty', says: /is not JSON/, set: { manifest: ' ' } },
  { what: 'its manifest is of another kind', says: /has not the form/, set: { manifest: '{"version": 1}' } },
  {
    what: 'a file of it belongs to another backup',
    says: /bad\.csv is missing/,
    spoil: ({ destination, signal }, { files }) => {
      const tags = { owner: 'somebody', set: 'bad', deadline: '2026-03-10T12:00:00Z' };
      return destination.tag(files[1]?.id ?? '', tags, signal);
    },
  },
];

for (const { what, says, set, spoil } of damages) {
  test(`a set counts for nothing, and stays, if ${what}`, async (t) => {
    const world = await drivePruneFixture(t);
    await world.store('older', { age: 4 });
    await world.store('good', { age: 3 });
    const bad = await world.store('bad', { age: 2, ...set });
    await spoil?.(world, bad);
    const before = await world.names();
    const { retention, warnings } = await world.prune(await world.store('new'), { maxCount: 2, minKeep: 2 });
    assert.equal(retention.damagedSets, 1);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', says);
    assert.deepEqual(
      retention.removed.map((removed) => removed.set),
      ['older'],
    );
    const left = await world.names();
    // Neither the good set nor what is left of the damaged one went.
    assert.deepEqual(
      left.filter((name) => !name.startsWith('new')),
      before.filter((name) => !name.startsWith('older')),
    );
  });
}

test('a copy of a manifest, made by hand, is no second backup', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('older', { age: 4 });
  const good = await world.store('good', { age: 3 });
  const current = await world.store('new');
  // "Make a copy" in Drive: the same content, the same tags, files of the original.
  await world.store('copy', { age: 1, files: {}, change: () => good.manifest });
  const { retention, warnings } = await world.prune(current, { maxCount: 2, minKeep: 2 });
  assert.match(warnings[0] ?? '', /Set copy is damaged: good\.csv belongs to the older set good/);
  assert.deepEqual(
    retention.removed.map(({ set }) => set),
    ['older'],
  );
  assert.ok((await world.names()).includes('good.csv'));
});

test('a manifest under another name keeps its files from being taken for those of a dead run', async (t) => {
  for (const name of [
    'KEEP THIS old.manifest.json',
    'old.manifest.json.bak',
    'old.manifest (1).json',
    'important',
  ]) {
    const world = await drivePruneFixture(t);
    const old = await world.store('old', { age: 9 });
    const current = await world.store('new');
    await rename(world, old.files[0].id, name);
    const { retention } = await world.prune(current, { maxCount: 5 });
    assert.deepEqual(retention.removed, [], name);
    assert.ok(
      ['old.csv', 'old.json', name].every((file) =>
        world.fake.files().some((f) => f.name === file && !f.trashed),
      ),
    );
  }
});

test('files of a manifest that cannot be read are not taken for those of a dead run', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('torn', { age: 9, manifest: '{' });
  const { retention } = await world.prune(await world.store('new'), {});
  assert.deepEqual([retention.removed, retention.damagedSets], [[], 1]);
});

test('in a directory a file that was cut or changed makes its set a damaged one', async (t) => {
  const folder = await temporaryDirectory(t);
  const destination = await openDirectory({ path: folder });
  const world = await drivePruneFixture(t);
  const signal = AbortSignal.timeout(60_000);
  const store = async (set: string) => {
    const complete = await world.store(set);
    const tags = { owner: 'b7a6c0de-0000-4000-8000-000000000001', set, deadline: '2126-01-01T00:00:00Z' };
    const save = async (name: string, text: string) => {
      const upload = await destination.create({ name, contentType: 'text/plain', tags }, signal);
      await upload.write(Buffer.from(text));
      return upload.finish();
    };
    const files = [await save(`${set}.csv`, 'id\n1\n'), await save(`${set}.json`, '{}')];
    const manifest = {
      ...complete.manifest,
      files: complete.manifest.files.map((f) => ({ ...f, id: f.name })),
    };
    return {
      manifest,
      files: [await save(`${set}.manifest.json`, JSON.stringify(manifest)), ...files] as const,
    };
  };
  await store('good');
  for (const set of ['cut', 'changed', 'gone']) await store(set);
  await truncate(`${folder}/cut.csv`, 2);
  await writeFile(`${folder}/changed.csv`, 'id\n2\n');
  await rm(`${folder}/gone.csv`);
  const current = await store('new');
  const { retention, warnings } = await world.prune(
    current,
    { maxCount: 2, minKeep: 2 },
    { destination, now: () => new Date() },
  );
  assert.deepEqual([retention.removed, retention.damagedSets, retention.kept], [[], 3, 2]);
  assert.deepEqual(warnings.map((warning) => /damaged: (.*?)\. It/.exec(warning)?.[1]).sort(), [
    'changed.csv has another checksum than when it was written',
    'cut.csv has 2 bytes instead of 5',
    'gone.csv is missing',
  ]);
});

test('nothing of a set goes if a file of it is renamed, re-tagged, changed or moved away after the listing', async (t: TestContext) => {
  const cases: [string, (world: DrivePruneFixture, id: string) => Promise<unknown>][] = [
    ['renamed', (world, id) => rename(world, id, 'keep me')],
    [
      're-tagged',
      ({ destination, signal }, id) =>
        destination.tag(id, { owner: 'somebody', set: 'old', deadline: '2026-03-10T12:00:00Z' }, signal),
    ],
    ['moved away', (world, id) => world.destination.remove(id, 'Trash', world.signal)],
  ];
  for (const [what, change] of cases) {
    const world = await drivePruneFixture(t);
    const old = await world.store('old', { age: 9 });
    const current = await world.store('new');
    const [, , last] = old.files;
    let listed = false;
    const destination = wrapped(world.destination, {
      list: async (signal) => {
        const listing = await world.destination.list(signal);
        if (!listed) await change(world, last?.id ?? '');
        listed = true;
        return listing;
      },
    });
    const { retention, warnings } = await world.prune(current, { maxAgeDays: 1 }, { destination });
    assert.deepEqual(retention.removed, [], what);
    assert.match(warnings[0] ?? '', /old\.json of set old (changed|went away) since it was listed/);
    assert.ok((await world.names()).includes('old.manifest.json'), what);
  }
});

async function rename(world: DrivePruneFixture, id: string, name: string): Promise<void> {
  const answer = await fetch(`${world.fake.url}/drive/v3/files/${id}`, {
    method: 'PATCH',
    headers: {
      Authorization: `Bearer ${world.fake.issueAccessToken()}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ name }),
  });
  assert.equal(answer.status, 200);
}
