import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { embeddedBinaries, embeddedNative } from './binaries.ts';
import { serverUser } from './serverUser.ts';

test('embedded binaries run from a copy, symbolic links made, when npm ran no postinstall script', async (t) => {
  const [source, target] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  await Promise.all([chmod(source, 0o755), chmod(target, 0o755)]);
  const native = join(source, 'native');
  await cp(embeddedNative(), native, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const link of links) await rm(join(source, link.target), { force: true });

  const binaries = await embeddedBinaries(native, target, serverUser());
  assert.equal(binaries.postgres, join(target, 'native', 'bin', 'postgres'));
  assert.equal(binaries.major, 18);
  for (const link of links) assert.ok((await lstat(join(target, link.target))).isSymbolicLink(), link.target);
  const initdb = spawnSync(binaries.initdb, ['--version'], { ...serverUser(), encoding: 'utf8', cwd: '/' });
  assert.match(initdb.stdout, /PostgreSQL\) 18/);
});

test('as root, embedded binaries that the server user cannot reach are copied to where it can', async (t) => {
  if (serverUser().uid === undefined)
    return t.skip('only root has another server user: run the tests as root');
  const [source, target] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  await chmod(target, 0o755);
  const native = join(source, 'native');
  await cp(embeddedNative(), native, { recursive: true, verbatimSymlinks: true });
  await chmod(source, 0o700);
  const binaries = await embeddedBinaries(native, target, serverUser());
  assert.equal(binaries.postgres, join(target, 'native', 'bin', 'postgres'));
});
