import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { HTTPTransport } from '../../runner/destinations/httpTransport.ts';
import { startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { googleEndpoints } from './googleEndpoints.ts';
import { LoginDrive } from './loginDrive.ts';
import type { DriveScope } from './scope.ts';
import { TestClock } from './testTerminal.ts';

async function setUp(t: TestContext, scope: DriveScope = 'drive.file') {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t) });
  t.after(() => google.stop());
  const transport = new HTTPTransport();
  t.after(() => transport[Symbol.dispose]());
  const clock = new TestClock();
  const network = { transport, clock, signal: new AbortController().signal };
  const drive = new LoginDrive(googleEndpoints(google.url), network, google.issueAccessToken({ scope }));
  return { google, drive, clock };
}

function refusal(reason: FailureReason, words: RegExp) {
  return (error: unknown) =>
    error instanceof BackupError && error.reason === reason && words.test(error.message);
}

for (const scope of ['drive.file', 'drive'] as const) {
  test(`under scope ${scope} the folder is made once and used again`, async (t) => {
    const { google, drive } = await setUp(t, scope);
    const first = await drive.folder("Ann's \\ backups 💾", scope);
    assert.equal(first.made, true);
    assert.deepEqual(await drive.folder("Ann's \\ backups 💾", scope), { folder: first.folder, made: false });
    const made = google.files().filter((file) => file.name === "Ann's \\ backups 💾");
    assert.deepEqual(
      made.map((file) => file.id),
      [first.folder.id],
    );
    assert.match(first.folder.link ?? '', new RegExp(first.folder.id));
  });
}

test('a folder of the name that the person made by hand is not taken, whatever the scope', async (t) => {
  for (const scope of ['drive.file', 'drive'] as const) {
    const { google, drive } = await setUp(t, scope);
    const byHand = google.createFolder('By hand', { byUser: true });
    const { folder, made } = await drive.folder('By hand', scope);
    assert.equal(made, true);
    assert.notEqual(folder.id, byHand);
  }
});

test('makes the folder though the first answers are errors', async (t) => {
  const { google, drive, clock } = await setUp(t);
  google.faults.add({ operation: 'list', effect: 'error', status: 503, count: 2 });
  assert.equal((await drive.folder('Shop', 'drive.file')).made, true);
  assert.equal(clock.waits.length, 2);
});

test('makes no second folder when the answer to the first creation is lost', async (t) => {
  const { google, drive } = await setUp(t);
  const lost = google.faults.add({ operation: 'create', effect: 'drop', when: 'after' });
  const { folder } = await drive.folder('Shop', 'drive.file');
  assert.equal(lost.hits, 1);
  const made = google.files().filter((file) => file.name === 'Shop');
  assert.deepEqual(
    made.map((file) => file.id),
    [folder.id],
  );
});

test('makes no folder after an incomplete search', async (t) => {
  const { google, drive } = await setUp(t);
  google.faults.add({ operation: 'list', effect: 'incompleteSearch' });
  await assert.rejects(drive.folder('Shop', 'drive.file'), refusal('UploadFailed', /could not search all/));
  assert.ok(!google.files().some((file) => file.name === 'Shop'));
});

test('tells the account', async (t) => {
  const { google, drive } = await setUp(t);
  assert.equal(await drive.account(), google.account.email);
});

test('looks at a folder that was made by hand', async (t) => {
  const { google, drive } = await setUp(t, 'drive');
  const id = google.createFolder('By hand', { byUser: true });
  const folder = await drive.givenFolder(id);
  assert.equal(folder.id, id);
  assert.equal(folder.name, 'By hand');
});

test('a folder that is not there is FolderNotFound', async (t) => {
  const { drive } = await setUp(t, 'drive');
  await assert.rejects(
    drive.givenFolder('1NoSuchFolder'),
    refusal('FolderNotFound', /not found for this account/),
  );
});

test('a folder in the bin is FolderNotFound', async (t) => {
  const { google, drive } = await setUp(t, 'drive');
  const id = google.createFolder('By hand', { byUser: true });
  const authorization = `Bearer ${google.issueAccessToken({ scope: 'drive' })}`;
  const binned = await fetch(`${google.url}/drive/v3/files/${id}`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"trashed":true}',
  });
  assert.equal(binned.status, 200);
  await assert.rejects(drive.givenFolder(id), refusal('FolderNotFound', /in the bin/));
});

test("a file's ID is NotAFolder", async (t) => {
  const { google, drive } = await setUp(t, 'drive');
  const authorization = `Bearer ${google.issueAccessToken({ scope: 'drive' })}`;
  const made = await fetch(`${google.url}/drive/v3/files`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"name":"a.txt","mimeType":"text/plain"}',
  });
  const { id } = (await made.json()) as { id: string };
  await assert.rejects(drive.givenFolder(id), refusal('NotAFolder', /after \/folders\//));
});

test('a switched-off API is DriveApiDisabled', async (t) => {
  const { google, drive } = await setUp(t);
  google.disableApi();
  await assert.rejects(drive.account(), refusal('DriveApiDisabled', /API is off/));
});
