import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TestBackup, testBackup, testDriveBackup } from './testBackup.ts';

/** A backup with sets of an owner that is gone, made long enough ago that no run of it can be going on. */
async function rebuilt(t: TestContext, sets = 2) {
  const backup = await testBackup(t, { formats: ['json'] });
  await backup.write({}, { uid: 'old-uid' });
  const names: string[] = [];
  for (let count = 0; count < sets; count++) names.push(await backup.run());
  await endRuns(backup);
  await backup.write({}, { uid: 'new-uid' });
  return { backup, names };
}

const sidecars = (folder: string) => join(folder, '.dbbackup');

/** Moves the deadlines in the tags of all files into the past. */
async function endRuns({ folder }: TestBackup, deadline = '2026-01-01T00:00:00.000Z') {
  for (const name of await readdir(sidecars(folder))) {
    const path = join(sidecars(folder), name);
    const sidecar = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...sidecar, tags: { ...sidecar.tags, deadline } }));
  }
}

async function setsOf(backup: TestBackup): Promise<{ good: string[]; foreign: number; unfinished: number }> {
  const { stdout } = await backup.command(['list', '-o', 'json']);
  const { sets, foreignSets, unfinished } = JSON.parse(stdout);
  const good = sets.filter((set: { good: boolean }) => set.good).map((set: { name: string }) => set.name);
  return { good: good.sort(), foreign: foreignSets, unfinished: unfinished.length };
}

test('adopt --yes takes over every file of the good sets of another owner', async (t) => {
  const { backup, names } = await rebuilt(t);
  assert.deepEqual(await setsOf(backup), { good: [], foreign: 2, unfinished: 0 });
  const { status, stdout } = await backup.command(['adopt', '--yes']);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /OWNER +SETS +OF +TIME \(UTC\)\n +old-uid +2 sets +shop\/shop +/);
  assert.match(stdout, /2 sets now belong to shop\/shop\.\n$/);
  assert.deepEqual(await setsOf(backup), { good: names.sort(), foreign: 0, unfinished: 0 });
  const again = await backup.command(['adopt', '--yes']);
  assert.match(again.stdout, /^No set in the folder belongs to anyone else/);
});

test('without --yes adopt only shows what it would do, and on a terminal it asks', async (t) => {
  const { backup, names } = await rebuilt(t, 1);
  const shown = await backup.command(['adopt']);
  assert.equal(shown.status, 0);
  assert.match(shown.stdout, /Nothing was changed\. Add --yes to adopt 1 set for shop\/shop\./);
  const refused = await backup.command(['adopt'], { typed: 'n\n' });
  assert.match(refused.stdout, /Adopt 1 set for shop\/shop\?.*Nothing was changed\./s);
  assert.equal((await setsOf(backup)).foreign, 1);
  const agreed = await backup.command(['adopt'], { typed: 'y\n' });
  assert.equal(agreed.status, 0);
  assert.deepEqual((await setsOf(backup)).good, names);
});

test('with several owners adopt wants one named, and leaves the others alone', async (t) => {
  const { backup, names } = await rebuilt(t, 1);
  await backup.write({}, { uid: 'third-uid' });
  await backup.run();
  await endRuns(backup);
  await backup.write({}, { uid: 'new-uid' });
  const unclear = await backup.command(['adopt', '--yes']);
  assert.equal(unclear.status, 2);
  assert.match(unclear.stderr, /sets of several owners: choose one with --from OWNER/);
  const unknown = await backup.command(['adopt', '--yes', '--from', 'nobody']);
  assert.match(unknown.stderr, /No owner fits --from nobody/);
  assert.equal((await setsOf(backup)).foreign, 2);
  const { status } = await backup.command(['adopt', '--yes', '--from', 'old']);
  assert.equal(status, 0);
  assert.deepEqual(await setsOf(backup), { good: names, foreign: 1, unfinished: 0 });
});

test('sets that are damaged or whose run may still go on are left alone', async (t) => {
  const { backup, names } = await rebuilt(t, 2);
  const [first = '', second = ''] = names;
  await rm(join(backup.folder, `${first}.json`));
  const { status, stdout } = await backup.command(['adopt', '--yes']);
  assert.equal(status, 0);
  assert.match(stdout, new RegExp(`– ${first} is left alone: damaged: ${first}.json is missing`));
  assert.deepEqual(await setsOf(backup), { good: [second], foreign: 1, unfinished: 0 });

  const active = await rebuilt(t, 1);
  await endRuns(active.backup, '2999-01-01T00:00:00.000Z');
  const refused = await active.backup.command(['adopt', '--yes']);
  assert.equal(refused.status, 2);
  assert.match(refused.stdout, /left alone: in use: the run that wrote it may go on until 2999-01-01/);
  assert.match(refused.stderr, /None of these sets can be taken over/);
  assert.equal((await setsOf(active.backup)).foreign, 1);
});

test('an adoption that broke off goes on where it stopped, and its files never count as those of a dead run', async (t) => {
  const { backup, names } = await rebuilt(t, 1);
  const path = join(sidecars(backup.folder), `${names[0]}.manifest.json.json`);
  const sidecar = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...sidecar, tags: { ...sidecar.tags, owner: 'new-uid' } }));
  const half = await setsOf(backup);
  assert.deepEqual([half.good, half.unfinished], [[], 0]);
  const { status } = await backup.command(['adopt', '--yes']);
  assert.equal(status, 0);
  assert.deepEqual(await setsOf(backup), { good: names, foreign: 0, unfinished: 0 });
});

test("a copy of one's own manifest is not adopted as another set", async (t) => {
  const backup = await testBackup(t, { formats: ['json'] });
  const name = await backup.run();
  await endRuns(backup);
  await copyFile(join(backup.folder, `${name}.manifest.json`), join(backup.folder, 'copy.manifest.json'));
  const { status, stdout } = await backup.command(['adopt', '--yes']);
  assert.equal(status, 2);
  assert.match(stdout, /– copy is left alone: damaged: .* belongs to the older set/);
  assert.deepEqual((await setsOf(backup)).good, [name]);
});

test('sets whose tags another OAuth client wrote are recognised by their manifests', async (t) => {
  const backup = await testDriveBackup(t, { formats: ['json'] });
  const name = await backup.run();
  // appProperties are private to the client that wrote them; scope drive shows the files to every client.
  const client = backup.google.createClient();
  const credentials = backup.google.issueCredentials({ scope: 'drive', client });
  backup.secrets['drive-oauth'] = { 'token.json': JSON.stringify(credentials) };
  await backup.write();
  assert.deepEqual(await setsOf(backup), { good: [], foreign: 1, unfinished: 0 });
  const { status, stdout } = await backup.command(['adopt', '--yes']);
  assert.equal(status, 0, stdout);
  assert.deepEqual(await setsOf(backup), { good: [name], foreign: 0, unfinished: 0 });
});
