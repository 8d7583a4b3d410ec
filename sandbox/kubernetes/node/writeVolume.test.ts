import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../testing.ts';
import type { VolumeFiles } from './volumeFiles.ts';
import { writeVolume } from './writeVolume.ts';

function files(contents: Record<string, string>, mode = 0o444): VolumeFiles {
  return new Map(Object.entries(contents).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
}

test('files appear through ..data, as the kubelet lays them', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeVolume(directory, files({ uri: 'u', 'deep/key': 'k' }));
  const names = (await readdir(directory)).sort();
  assert.deepEqual(names.slice(1), ['..data', 'deep', 'uri']);
  assert.equal(await readlink(join(directory, 'uri')), '..data/uri');
  assert.equal(await readlink(join(directory, '..data')), names[0]);
  assert.equal(await readFile(join(directory, 'deep', 'key'), 'utf8'), 'k');
  assert.equal((await stat(join(directory, 'uri'))).mode & 0o777, 0o444);
});

test('new contents replace the old ones, names that went included; the same contents change nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeVolume(directory, files({ a: '1', b: '1' }));
  const first = await readlink(join(directory, '..data'));
  await writeVolume(directory, files({ a: '1', b: '1' }));
  assert.equal(await readlink(join(directory, '..data')), first);
  await writeVolume(directory, files({ a: '2', c: '2' }));
  const [dated] = (await readdir(directory)).sort();
  assert.deepEqual((await readdir(directory)).sort(), [dated, '..data', 'a', 'c']);
  assert.equal(await readFile(join(directory, 'a'), 'utf8'), '2');
});

test('an optional Secret that is missing leaves an empty volume', async (t) => {
  const directory = join(await temporaryDirectory(t), 'volume');
  await mkdir(directory);
  await writeVolume(directory, files({}));
  assert.deepEqual(
    (await readdir(directory)).filter((name) => !name.startsWith('..')),
    [],
  );
});
