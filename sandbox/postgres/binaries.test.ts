import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

test('embedded binaries run where they are, or from a copy if the server user cannot reach them', async (t) => {
  const [source, target] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  await chmod(target, 0o755);
  const native = join(source, 'native');
  await cp(embeddedNative(), native, { recursive: true, verbatimSymlinks: true });
  const homeOf = async (mode: number) => {
    await chmod(source, mode);
    const { postgres } = await embeddedBinaries(native, target, serverUser());
    return dirname(dirname(postgres));
  };
  assert.equal(await homeOf(0o755), native);
  const isAnotherUser = serverUser().uid !== undefined;
  assert.equal(await homeOf(0o700), isAnotherUser ? join(target, 'native') : native);
});
