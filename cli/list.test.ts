import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { testBackup, testDriveBackup } from './testBackup.ts';

test('list shows sets with what the next backup does to each, foreign sets and free room', async (t) => {
  const backup = await testBackup(t, { retention: { maxCount: 2, minKeep: 1 } });
  const oldest = await backup.run();
  const newest = await backup.run();
  const { status, stdout } = await backup.command(['list']);
  assert.equal(status, 0);
  assert.match(stdout, /^shop\/shop: 2 sets, 8 files, [\d.]+ \w+\n/);
  assert.match(stdout, new RegExp(`${newest}  +4  +290 .* ✓ kept: among the newest 2`));
  assert.match(stdout, new RegExp(`${oldest}  +4  +290 .* – removed: beyond the newest 2`));
  assert.ok(stdout.indexOf(newest) < stdout.indexOf(`${oldest} `), 'the newest comes first');
  assert.match(stdout, /room: .* free/);

  await backup.write({}, { name: 'other' });
  const other = await backup.command(['list']);
  assert.match(other.stdout, /^shop\/other: 0 sets, 0 files/);
  assert.match(other.stdout, /2 sets of other owners, never touched: dbbackup adopt/);
});

test('list says what is wrong with a damaged set, and counts the files of unfinished runs', async (t) => {
  const backup = await testBackup(t);
  const damaged = await backup.run();
  await rm(join(backup.folder, `${damaged}.json`));
  const unfinished = await backup.run();
  await rm(join(backup.folder, `${unfinished}.manifest.json`));
  const { status, stdout } = await backup.command(['list']);
  assert.equal(status, 0);
  assert.match(stdout, new RegExp(`${damaged} .* ✗ damaged: ${damaged}.json is missing`));
  assert.match(stdout, /3 files of unfinished runs/);
});

test('list as JSON has files, decisions and damage', async (t) => {
  const backup = await testBackup(t, { formats: ['json'] });
  const name = await backup.run();
  const { status, stdout } = await backup.command(['list', '-o', 'json']);
  assert.equal(status, 0);
  const value = JSON.parse(stdout);
  assert.equal(value.backup, 'shop/shop');
  assert.equal(value.sets.length, 1);
  const [set] = value.sets;
  assert.equal(set.name, name);
  assert.equal(set.good, true);
  assert.equal(set.rows, 290);
  assert.deepEqual(set.next, { removed: false, why: 'at most 30 days old' });
  assert.equal(set.files[0].name, `${name}.json`);
  assert.equal(value.foreignSets, 0);
  assert.equal(value.nothingRemoved, undefined);
});

test('list says that nothing would be removed while the clocks differ', async (t) => {
  const backup = await testDriveBackup(
    t,
    { formats: ['json'], retention: { maxCount: 1, minKeep: 1 } },
    { now: () => new Date(Date.now() + 3_600_000) },
  );
  await backup.run();
  const { stdout } = await backup.command(['list']);
  assert.match(stdout, /✓ would be removed: beyond the newest 1/);
  assert.match(stdout, /⚠ Nothing would be removed: the clocks .* differ by (59|60) minutes/);
});

test('a copy of a manifest and a strange file in the folder are no further good sets', async (t) => {
  const backup = await testBackup(t, { formats: ['json'] });
  const name = await backup.run();
  await copyFile(join(backup.folder, `${name}.manifest.json`), join(backup.folder, 'copy.manifest.json'));
  await writeFile(join(backup.folder, 'photo.jpg'), 'no backup');
  await mkdir(join(backup.folder, 'folder'));
  await utimes(join(backup.folder, 'photo.jpg'), 0, 0);
  const { status, stdout } = await backup.command(['list']);
  assert.equal(status, 0);
  assert.match(stdout, /^shop\/shop: 1 set, 2 files/);
});

test('list refuses a folder that is not there with its reason', async (t) => {
  const backup = await testBackup(t, { destination: { directory: { path: '/nonexistent/backups' } } });
  const { status, stdout, stderr } = await backup.command(['list']);
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /\/nonexistent\/backups does not exist.*\n {2}FolderNotFound: /);
});
