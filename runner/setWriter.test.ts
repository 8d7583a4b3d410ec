import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import type { Destination } from './destinations/destination.ts';
import { runProgress } from './progress.ts';
import { drivePruneFixture, me, wrapped } from './retention/pruneFixture.ts';
import { SetWriter } from './setWriter.ts';

const tags = { owner: me, set: 'backup_20260310_120000', deadline: '2026-03-10T13:00:00Z' };
const stopped = new BackupError('Interrupted', 'Stopped by the test.');

/** A writer on the fake Google, its destination changed by `change`. */
async function fixture(
  t: TestContext,
  change: (destination: Destination) => Partial<Destination> = () => ({}),
) {
  const world = await drivePruneFixture(t);
  const stop = new AbortController();
  const destination = wrapped(world.destination, change(world.destination));
  const writer = new SetWriter({ destination, tags, progress: runProgress() }, stop.signal);
  const write = async (extension: string) => {
    const file = await writer.create('csv', extension, 'text/csv');
    await file.write(Buffer.from('id\n1\n'));
    return file;
  };
  return { world, writer, write, stop };
}

/** A manifest whose content does not matter here. */
async function someManifest(world: Awaited<ReturnType<typeof drivePruneFixture>>) {
  return (await world.store('any', { files: {}, manifest: false })).manifest;
}

test('a file counts once it is finished, with the size and checksum that Drive tells', async (t) => {
  const { world, writer, write } = await fixture(t);
  const file = await write('.csv');
  assert.deepEqual([writer.artifacts.length, await world.names()], [0, []]);
  await file.finish();
  const [artifact] = writer.artifacts;
  const [stored] = world.fake.files().filter(({ content }) => content !== undefined);
  assert.equal(artifact?.sha256, stored?.content?.sha256);
  assert.deepEqual([artifact?.stored.bytes, artifact?.stored.name], [5, 'backup_20260310_120000.csv']);
  await writer.confirm();
});

test('a file that is removed or changed before the manifest is UploadFailed', async (t) => {
  const changes: [string, (destination: Destination) => Partial<Destination>][] = [
    ['gone', () => ({ get: async () => undefined })],
    [
      'other bytes',
      ({ get }) => ({
        get: async (id, signal) => {
          const file = await get.call(undefined, id, signal);
          return file && { ...file, bytes: 6 };
        },
      }),
    ],
    [
      'another checksum',
      ({ get }) => ({
        get: async (id, signal) => {
          const file = await get.call(undefined, id, signal);
          return file && { ...file, sha256: '0'.repeat(64) };
        },
      }),
    ],
  ];
  for (const [what, change] of changes) {
    const { writer, write } = await fixture(t, (inner) => change(wrapped(inner, {})));
    await (await write('.csv')).finish();
    await assert.rejects(
      writer.confirm(),
      (error) => error instanceof BackupError && error.reason === 'UploadFailed',
      what,
    );
  }
});

test('discard takes back what is open and what is finished, and does nothing twice', async (t) => {
  const { world, writer, write, stop } = await fixture(t);
  await (await write('.csv')).finish();
  await write('.json');
  stop.abort(stopped);
  assert.deepEqual(await writer.discard(), []);
  assert.deepEqual(
    world.fake.files().filter(({ content }) => content !== undefined),
    [],
  );
  assert.deepEqual(await writer.discard(), []);
});

test('discard names the files that could not be removed', async (t) => {
  const { writer, write } = await fixture(t, () => ({
    remove: () => Promise.reject(new BackupError('UploadFailed', 'The line is dead.')),
  }));
  await (await write('.csv')).finish();
  assert.deepEqual(await writer.discard(), ['backup_20260310_120000.csv']);
});

test('an abort does not wait for a file that is being finished, and discard removes it once it is', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { world, writer, write, stop } = await fixture(t, (inner) => ({
    create: async (file, signal) => {
      const upload = await inner.create(file, signal);
      return {
        write: (chunk) => upload.write(chunk),
        abort: async () => {},
        async finish() {
          const stored = await upload.finish();
          reach();
          await gate;
          return stored;
        },
      };
    },
  }));
  const finishing = (await write('.csv')).finish();
  await reached;
  stop.abort(stopped);
  await assert.rejects(finishing, stopped);
  assert.equal((await world.names()).length, 1);
  const discarding = writer.discard();
  open();
  assert.deepEqual(await discarding, []);
  assert.deepEqual(await world.names(), []);
});

test('a manifest that comes half an hour after the deadline of its set makes no set', async (t) => {
  const { world, writer, write } = await fixture(t);
  await (await write('.csv')).finish();
  const manifest = await someManifest(world);
  world.now = new Date('2026-03-10T13:30:01Z');
  await assert.rejects(
    writer.writeManifest(manifest),
    (error) => error instanceof BackupError && error.reason === 'DeadlineExceeded',
  );
  assert.deepEqual(await writer.discard(), []);
  assert.deepEqual(await world.names(), []);
});

test('a manifest in time, or a little late, is stored last', async (t) => {
  const { world, writer, write } = await fixture(t);
  await (await write('.csv')).finish();
  const manifest = await someManifest(world);
  world.now = new Date('2026-03-10T13:20:00Z');
  const stored = await writer.writeManifest(manifest);
  assert.equal(stored.name, 'backup_20260310_120000.manifest.json');
  assert.equal(writer.artifacts.at(-1)?.stored, stored);
});
