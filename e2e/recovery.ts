import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { manifest } from '../crds/manifest.ts';
import type { BackupRun } from '../operator/reconcile/kinds.ts';
import { assertRunInDrive } from '../operator/runInDriveFixture.ts';
import { connectedClient } from '../runner/exporters/rowTesting.ts';
import { assertSameBytes, inOrder } from '../runner/sameBytesFixture.ts';
import { readSet, tableTexts } from '../runner/setFixture.ts';
import type { FakeFile } from '../sandbox/google/fakeControls.ts';
import { spreadsheetType } from '../sandbox/google/sheets/spreadsheet.ts';
import type { BackupWorld } from './backupWorld.ts';

/** Some tables; with `rows` their size can be chosen. */
export function shopTables(rows = 2_000): string {
  return `
    CREATE TABLE customers AS SELECT g AS id, 'customer ' || g AS name, md5(g::text) AS token FROM generate_series(1, ${rows}) g;
    CREATE TABLE orders AS SELECT g AS id, g % 7 AS customer, now() AS ordered FROM generate_series(1, ${rows}) g;`;
}

/** Requests a run and waits for its success. */
export async function goodRun(world: BackupWorld, backup: string): Promise<BackupRun> {
  const run = await world.ended(await world.request(backup));
  assert.equal(run.status?.phase, 'Succeeded', JSON.stringify(run.status));
  return run;
}

/** Waits until a run has ended, and asserts why it failed. */
export async function failedRun(
  world: BackupWorld,
  name: string,
  reason: string,
  seconds?: number,
): Promise<BackupRun> {
  const run = await world.ended(name, seconds);
  assert.deepEqual([run.status?.phase, run.status?.reason], ['Failed', reason], JSON.stringify(run.status));
  assert.equal(run.status?.files, undefined);
  return run;
}

/**
 * What has to hold after any fault: the next run succeeds with the bytes of the database; every run that is recorded as a
 * success has its whole set in Drive, and no other set is there; each ended run was mailed once, for what it was; and
 * what a killed attempt left goes with the first run an hour after its deadline.
 */
export async function assertRecovered(t: TestContext, world: BackupWorld, backup: string): Promise<void> {
  const { status } = await goodRun(world, backup);
  const set = await readSet(world, status?.set);
  const client = await connectedClient(t, world.uri);
  assertSameBytes(set, await tableTexts(client, set.manifest.tables), inOrder);

  const leftovers = await looseFiles(world);
  if (leftovers.length > 0) {
    t.diagnostic(`A killed attempt left ${leftovers.map(({ name }) => name).join(', ')}.`);
    for (const file of leftovers) await age(world, file);
    await goodRun(world, backup);
    assert.deepEqual(await looseFiles(world), []);
  }
  const { metadata } = await world.backup(backup);
  const runs = await world.runs(backup);
  const succeeded = runs.filter((run) => run.status?.phase === 'Succeeded');
  for (const run of succeeded) await assertRunInDrive(world.google, metadata.uid ?? '', run.status ?? {});
  const manifests = present(world).filter(({ name }) => name.endsWith('.manifest.json'));
  assert.deepEqual(
    manifests.map(({ name }) => name).sort(),
    succeeded.map((run) => `${run.status?.set}.manifest.json`).sort(),
  );
  await world.until(() => {
    const marks = world.mailbox.messages().map(({ subject }) => subject.match(/[✓✗⚠]/)?.[0] ?? subject);
    const expected = runs.map((run) => (run.status?.phase === 'Succeeded' ? '✓' : '✗'));
    assert.deepEqual(marks.sort(), expected.sort());
  }, 120);
  assert.deepEqual(world.google.bugs, []);
}

/** Files and folders of the fake that are not in the bin, without the backup's folder and the spreadsheets of syncs. */
export function present({ google }: BackupWorld): FakeFile[] {
  return google
    .files()
    .filter(
      ({ trashed, id, mimeType }) => !trashed && id !== google.folderID && mimeType !== spreadsheetType,
    );
}

async function looseFiles(world: BackupWorld): Promise<FakeFile[]> {
  const files = present(world);
  const known = new Set<string>();
  for (const { id, name, content } of files) {
    if (!name.endsWith('.manifest.json')) continue;
    known.add(id);
    const parsed = manifest.parse(JSON.parse(await readFile(content?.path ?? '', 'utf8')));
    for (const file of parsed.files) known.add(file.id);
  }
  return files.filter(({ id }) => !known.has(id));
}

// As if its attempt had been yesterday: until an hour after its deadline it might still be at work.
async function age({ google }: BackupWorld, { id, name, appProperties }: FakeFile): Promise<void> {
  assert.ok(Date.parse(appProperties.deadline ?? '') > 0, `${name} tells no deadline: nobody may remove it`);
  const deadline = new Date(Date.now() - 86_400_000).toISOString();
  const answer = await fetch(`http://127.0.0.1:${google.port}/drive/v3/files/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${google.issueAccessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ appProperties: { ...appProperties, deadline } }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Requests a run whose first upload creeps, and waits until it does. Uploads of later attempts are as fast as ever. */
export function slowUpload(world: BackupWorld, backup: string): Promise<{ run: string; pod: string }> {
  return runInUpload(world, backup, { bytesPerSecond: 1_000 });
}

/** Requests a run of `shop` whose upload lasts about so many seconds, and waits until it has begun. */
export function longRun(world: BackupWorld, seconds: number): Promise<{ run: string; pod: string }> {
  const bytes = 160_000; // of the JSON file, which is the last that is long
  return runInUpload(world, 'shop', { name: /json$/, bytesPerSecond: bytes / seconds });
}

async function runInUpload(
  world: BackupWorld,
  backup: string,
  slowness: { readonly name?: RegExp; readonly bytesPerSecond: number },
): Promise<{ run: string; pod: string }> {
  const slow = world.google.faults.add({ operation: 'uploadChunk', effect: 'slow', ...slowness });
  const run = await world.request(backup);
  await world.until(() => assert.ok(slow.hits > 0, 'no upload has begun'), 120);
  return { run, pod: await world.runningPod(run) };
}
