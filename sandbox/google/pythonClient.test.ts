import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../testing.ts';
import { apiClientPython } from './apiClientPython.ts';
import { testDrive } from './testDrive.ts';

const run = promisify(execFile);

test('google-api-python-client uploads past a 503, a 308 of less than was sent, and a 500 half-way through a chunk', async (t) => {
  const python = await apiClientPython(t);
  if (python === undefined) return;
  const { fake } = await testDrive(t);
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'content');
  const content = randomBytes(6 * 262_144 + 77);
  await writeFile(path, content);
  const unavailable = fake.faults.add({ operation: 'uploadChunk', effect: 'error', status: 503, nth: 2 });
  const short = fake.faults.add({ operation: 'uploadChunk', effect: 'storeLess', bytes: 262_144, nth: 3 });
  const midway = fake.faults.add({
    operation: 'uploadChunk',
    effect: 'error',
    status: 500,
    afterBytes: 300_000,
    nth: 4,
  });
  const { url, credentials, folderID } = fake;
  const job = { url, credentials, folderID, path, chunkBytes: 2 * 262_144 };

  const { stdout } = await run(python, [
    '-B',
    join(import.meta.dirname, 'testUpload.py'),
    JSON.stringify(job),
  ]);

  assert.deepEqual([unavailable.hits, short.hits, midway.hits], [1, 1, 1]);
  const result = JSON.parse(stdout);
  assert.deepEqual(result.errors, [503, 500]);
  // Two granules, then one of two, then one of two before the error, then on from there.
  assert.deepEqual(result.progress.slice(0, 3), [2 * 262_144, 3 * 262_144, 6 * 262_144]);
  assert.equal(result.created.size, String(content.length));
  assert.equal(result.created.md5Checksum, createHash('md5').update(content).digest('hex'));
  assert.equal(result.equal, true);
  assert.deepEqual(result.listed.files, [{ id: result.created.id, name: 'from python.csv' }]);
  assert.deepEqual(result.trashed, { trashed: true });
  assert.equal(
    fake.files().some(({ id }) => id === result.created.id),
    false,
  );
});
