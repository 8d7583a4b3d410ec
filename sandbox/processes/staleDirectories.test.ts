import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { noteServer, removeStaleDirectories, writeOwner } from './staleDirectories.ts';

const directoryPrefix = 'dbbackup-sample-';

test('a directory is removed if its owner on this host is dead, and under no other condition', async (t) => {
  const parent = await temporaryDirectory(t);
  const make = async (name: string, owner?: string) => {
    const directory = join(parent, name);
    await mkdir(directory);
    if (owner !== undefined) await writeFile(join(directory, 'owner'), owner);
    return directory;
  };
  const dead = spawnSync('/bin/sh', ['-c', 'true']).pid;
  const stale = await make(`${directoryPrefix}stale`, `${hostname()} ${dead}\n`);
  const kept = [
    await make(`${directoryPrefix}young`), // its owner has not written the file yet
    await make(`${directoryPrefix}elsewhere`, `another-${hostname()} ${dead}\n`),
    await make('something-else', `${hostname()} ${dead}\n`),
    await make(`${directoryPrefix}ours`),
  ];
  writeOwner(kept[3] ?? '');
  removeStaleDirectories(parent, directoryPrefix);
  assert.ok(!existsSync(stale), 'the stale one is still there');
  for (const directory of kept) assert.ok(existsSync(directory), `${directory} is gone`);
});

test('the servers of a dead owner are ended, and no process that has got the number of one', async (t) => {
  const parent = await temporaryDirectory(t);
  const directory = join(parent, `${directoryPrefix}stale`);
  await mkdir(directory);
  const dead = spawnSync('/bin/sh', ['-c', 'true']).pid;
  await writeFile(join(directory, 'owner'), `${hostname()} ${dead}\n`);
  const [server, other] = [directory, '/elsewhere'].map((place) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', place], { stdio: 'ignore' });
    t.after(() => child.kill('SIGKILL'));
    noteServer(directory, child.pid);
    return child;
  });
  assert.ok(server && other);
  await Promise.all([once(server, 'spawn'), once(other, 'spawn')]);
  const end = once(server, 'exit');
  removeStaleDirectories(parent, directoryPrefix);
  assert.deepEqual(await end, [null, 'SIGKILL']);
  assert.equal(other.signalCode ?? other.exitCode, null);
  assert.ok(!existsSync(directory));
});
