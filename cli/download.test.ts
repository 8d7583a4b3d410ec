import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import { eventually, temporaryDirectory } from '../sandbox/testing.ts';
import { testBackup, testDriveBackup } from './testBackup.ts';

const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

test('download fetches the files of a set from Drive with the checksums of the manifest', async (t) => {
  const backup = await testDriveBackup(t);
  const name = await backup.run();
  const to = join(await temporaryDirectory(t), 'new', 'folder');
  const { status, stdout, stderr } = await backup.command(['download', '--set', 'latest', '--to', to]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    (await readdir(to)).sort(),
    ['csv.zip', 'json', 'manifest.json', 'xlsx'].map((extension) => `${name}.${extension}`),
  );
  const manifest = JSON.parse(await readFile(join(to, `${name}.manifest.json`), 'utf8'));
  for (const file of manifest.files) assert.equal(await sha256(join(to, file.name)), file.sha256);
  assert.equal(stdout.split('\n').filter((line) => line.startsWith('✓ ')).length, 4);
  assert.match(stdout, new RegExp(`4 files, [\\d.]+ \\w+, in ${to}\n$`));
});

test('download fetches only the wanted formats', async (t) => {
  const backup = await testBackup(t);
  const name = await backup.run();
  const to = await temporaryDirectory(t);
  const { status } = await backup.command(['download', '--set', name, '--to', to, '--format', 'csv,json']);
  assert.equal(status, 0);
  assert.deepEqual((await readdir(to)).sort(), [`${name}.csv.zip`, `${name}.json`]);
  const none = await backup.command(['download', '--set', name, '--to', to, '--format', 'sql']);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /has no sql; it has csv, xlsx, json, manifest/);
  const unknown = await backup.command(['download', '--set', name, '--to', to, '--format', 'pdf']);
  assert.match(unknown.stderr, /pdf is not a format: write csv, xlsx/);
});

test('download overwrites nothing, and fetches nothing then', async (t) => {
  const backup = await testBackup(t);
  const name = await backup.run();
  const to = await temporaryDirectory(t);
  await writeFile(join(to, `${name}.json`), 'mine');
  const { status, stderr } = await backup.command(['download', '--set', name, '--to', to]);
  assert.equal(status, 2);
  assert.match(stderr, /\.json exists, and no file is overwritten/);
  assert.deepEqual(await readdir(to), [`${name}.json`]);
  assert.equal(await readFile(join(to, `${name}.json`), 'utf8'), 'mine');
});

test('a file that arrives with other bytes is not kept, and the others still come', async (t) => {
  const backup = await testDriveBackup(t);
  const name = await backup.run();
  const stored = backup.google.files().find((file) => file.name === `${name}.json`)?.content?.path;
  assert.ok(stored);
  const bytes = await readFile(stored);
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  await writeFile(stored, bytes);
  const to = await temporaryDirectory(t);
  const { status, stdout } = await backup.command(['download', '--set', name, '--to', to]);
  assert.equal(status, 1);
  assert.match(stdout, /✗ .*\.json: ChecksumMismatch: .* arrived with other bytes than were written/);
  assert.deepEqual(
    (await readdir(to)).sort(),
    ['csv.zip', 'manifest.json', 'xlsx'].map((extension) => `${name}.${extension}`),
  );
  const kept = await temporaryDirectory(t);
  const forced = await backup.command(['download', '--set', name, '--to', kept, '--force']);
  assert.equal(forced.status, 1);
  assert.match(forced.stdout, /✗ .*\.json: .*; it was kept, as --force says/);
  assert.ok((await readdir(kept)).includes(`${name}.json`));
});

test('a damaged set is refused with what is wrong with it, and with --force the rest of it comes', async (t) => {
  const backup = await testBackup(t);
  const name = await backup.run();
  await rm(join(backup.folder, `${name}.xlsx`));
  const to = await temporaryDirectory(t);
  const refused = await backup.command(['download', '--set', name, '--to', to]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, new RegExp(`Set ${name} is damaged: ${name}.xlsx is missing.*--force`));
  assert.deepEqual(await readdir(to), []);
  const forced = await backup.command(['download', '--set', name, '--to', to, '--force']);
  assert.equal(forced.status, 1);
  assert.match(forced.stdout, new RegExp(`✗ ${name}.xlsx: ChecksumMismatch: ${name}.xlsx is missing`));
  assert.equal((await readdir(to)).length, 3);
});

test('nothing is left of a download that was interrupted', async (t) => {
  const backup = await testDriveBackup(t, { formats: ['json'] });
  await backup.run();
  const to = await temporaryDirectory(t);
  const stop = new AbortController();
  backup.google.faults.add({ operation: 'download', name: /\d\.json$/, effect: 'hang' });
  const args = ['download', '--set', 'latest', '--to', to, '--format', 'json'];
  const running = backup.command(args, { signal: stop.signal });
  await eventually(async () => assert.match((await readdir(to)).join(), /\.part$/));
  stop.abort(new BackupError('Interrupted', 'dbbackup was stopped by SIGINT.'));
  const { status, stderr } = await running;
  assert.equal(status, 1);
  assert.match(stderr, /stopped by SIGINT/);
  assert.deepEqual(await readdir(to), []);
});

test('a folder that cannot be written to is told as that', async (t) => {
  const backup = await testBackup(t, { formats: ['json'] });
  const name = await backup.run();
  const file = join(await temporaryDirectory(t), 'file');
  await writeFile(file, '');
  const { status, stderr } = await backup.command(['download', '--set', name, '--to', join(file, 'sub')]);
  assert.equal(status, 2);
  assert.match(stderr, /cannot be written \(ENOTDIR\)/);
  if (process.getuid?.() === 0) return;
  const readOnly = join(await temporaryDirectory(t), 'read-only');
  await mkdir(readOnly);
  await chmod(readOnly, 0o500);
  const refused = await backup.command(['download', '--set', name, '--to', readOnly]);
  assert.match(refused.stderr, /cannot be written \(EACCES\)/);
});

test('download wants to know what and where', async (t) => {
  const backup = await testBackup(t);
  const noSet = await backup.command(['download', '--to', '/tmp']);
  assert.match(noSet.stderr, /Name --set TIME, or --set latest/);
  const noFolder = await backup.command(['download', '--set', 'latest']);
  assert.match(noFolder.stderr, /Name the folder for the files: --to DIR/);
  const nothing = await backup.command(['download', '--set', 'latest', '--to', '/tmp']);
  assert.equal(nothing.status, 2);
  assert.match(nothing.stderr, /holds no set of this backup: make one with dbbackup run/);
});
