import assert from 'node:assert/strict';
import { type FileHandle, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import type { RunReport } from '../crds/runReport.ts';
import type { AddedFault } from '../sandbox/google/faults.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { eventually, temporaryDirectory, testPostgres } from '../sandbox/testing.ts';

// Three chunks of CSV: when the third one is sent, the first one is no longer in memory.
const large = `CREATE TABLE items (id int, name text);
  INSERT INTO items SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 9000) i;`;
const spec = { formats: ['csv' as const], compression: 'None' as const };
const staged = { ...spec, staging: { sizeLimit: '1Gi' } };

async function stagingWorld(t: TestContext): Promise<{ world: RunWorld; folder: string }> {
  const world = await runWorld(t, large);
  const folder = await temporaryDirectory(t);
  world.environment.DBBACKUP_STAGING = folder;
  return { world, folder };
}

const losingTheSession = (world: RunWorld): AddedFault =>
  world.google.faults.add({
    operation: 'uploadChunk',
    effect: 'sessionGone',
    status: 404,
    nth: 3,
    name: /csv$/,
  });

/** Names of the files below the staging folder. */
async function stagedNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const problem = ({ result, reason }: RunReport) => [result, reason];

test('a lost session starts again from byte 0 with staging, and fails the attempt without', async (t) => {
  const { world, folder } = await stagingWorld(t);
  const streaming = losingTheSession(world);
  assert.deepEqual(problem(await world.run(world.backup(spec))), ['Failed', 'UploadFailed']);
  assert.equal(streaming.hits, 1);
  assert.deepEqual(world.names(), []);

  const again = losingTheSession(world);
  const report = await world.run(world.backup(staged));
  assert.equal(again.hits, 1);
  assert.equal(report.result, 'Succeeded', String(report.message));
  const [csv] = report.files.filter(({ format }) => format === 'csv');
  const file = world.google.files().find(({ name }) => name === csv?.name);
  assert.equal(file?.content?.sha256, csv?.sha256);
  assert.match((await readFile(file?.content?.path ?? '')).subarray(0, 8).toString(), /^id,name/);
  assert.equal(world.names().length, report.files.length);
  assert.deepEqual(await readdir(folder), []);
});

test('the snapshot is over before the first upload begins', async (t) => {
  const { world, folder } = await stagingWorld(t);
  world.google.faults.add({ operation: 'uploadStart', effect: 'hang', count: 99 });
  const stop = new AbortController();
  const running = world.run(world.backup(staged), stop.signal);
  await Promise.race([eventually(() => assert.equal(world.google.faults.pending, 98)), running]);
  // The file waits on the disk, for our user alone; and a migration gets its lock at once.
  const [set] = await readdir(folder);
  assert.ok((await stagedNames(folder)).some((name) => name.endsWith('.csv')));
  for (const name of await stagedNames(folder)) {
    assert.equal((await stat(join(folder, set ?? '', name))).mode & 0o777, 0o600);
  }
  await (await testPostgres(t)).query("SET lock_timeout = '1ms'; TRUNCATE items", world.uri);
  stop.abort(new BackupError('Interrupted', 'Stopped by the test.'));
  const report = await running;
  assert.deepEqual(problem(report), ['Failed', 'Interrupted']);
  assert.ok(report.snapshotSeconds !== undefined);
  assert.deepEqual([world.names(), await readdir(folder)], [[], []]);
});

test('streaming holds the snapshot until the last upload', async (t) => {
  const { world } = await stagingWorld(t);
  const hanging = world.google.faults.add({ operation: 'uploadChunk', effect: 'hang', count: 99 });
  const stop = new AbortController();
  const running = world.run(world.backup(spec), stop.signal);
  await Promise.race([eventually(() => assert.ok(hanging.hits > 0)), running]);
  const locked = (await testPostgres(t)).query("SET lock_timeout = '1ms'; TRUNCATE items", world.uri);
  await assert.rejects(locked, { code: '55P03' });
  stop.abort(new BackupError('Interrupted', 'Stopped by the test.'));
  assert.deepEqual(problem(await running), ['Failed', 'Interrupted']);
});

test('a staging folder that is missing or may not be written is InvalidSpec, and names the field', async (t) => {
  const { world, folder } = await stagingWorld(t);
  world.environment.DBBACKUP_STAGING = join(folder, 'missing');
  const report = await world.run(world.backup(staged));
  assert.deepEqual(problem(report), ['Failed', 'InvalidSpec']);
  assert.match(report.message ?? '', /The staging folder cannot be used \(ENOENT\): check spec\.staging/);
  assert.deepEqual(world.names(), []);
});

test('a full staging disk is DestinationFull; what was staged is removed and nothing is uploaded', async (t) => {
  const { world, folder } = await stagingWorld(t);
  // Nobody but root can make a small disk: the third write to a file fails as on a full one.
  const handle = await open(join(folder, 'any'), 'w');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  await rm(join(folder, 'any'));
  const write = t.mock.method(prototype, 'write');
  write.mock.mockImplementationOnce(() => {
    return Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }));
  }, 2);
  const report = await world.run(world.backup(staged));
  assert.ok(write.mock.callCount() >= 3);
  assert.deepEqual(problem(report), ['Failed', 'DestinationFull']);
  assert.match(report.message ?? '', /staging disk is full: raise spec\.staging\.sizeLimit/);
  assert.deepEqual([world.names(), await readdir(folder)], [[], []]);
  assert.ok(!world.google.requests.some(({ operation }) => operation === 'uploadStart'));
});

test('a file that changes on the staging disk is not stored as if it were the backup', async (t) => {
  const { world, folder } = await stagingWorld(t);
  const held = world.google.faults.add({ operation: 'uploadStart', effect: 'error', status: 503 });
  let changed = false;
  world.clock = {
    now: () => new Date(),
    async sleep() {
      if (changed) return;
      changed = true;
      const [set] = await readdir(folder);
      for (const name of await stagedNames(folder)) {
        const path = join(folder, set ?? '', name);
        const bytes = await readFile(path);
        bytes.fill('x', 0, 10);
        await writeFile(path, bytes);
      }
    },
  };
  const report = await world.run(world.backup(staged));
  assert.equal(held.hits, 1);
  assert.deepEqual(problem(report), ['Failed', 'ChecksumMismatch']);
  assert.match(report.message ?? '', /changed on the staging disk/);
  assert.deepEqual([world.names(), await readdir(folder)], [[], []]);
});

test('an upload that fails three times fails the attempt, and no staged file is left', async (t) => {
  const { world, folder } = await stagingWorld(t);
  const wrong = world.google.faults.add({
    operation: 'create',
    effect: 'wrongChecksum',
    count: 9,
    name: /csv$/,
  });
  const report = await world.run(world.backup(staged));
  // Three attempts, then it is given up.
  assert.equal(wrong.hits, 3);
  assert.deepEqual(problem(report), ['Failed', 'ChecksumMismatch']);
  assert.deepEqual([world.names(), await readdir(folder)], [[], []]);
});
