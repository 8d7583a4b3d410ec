import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationContract } from './destinationContract.ts';
import { assertNoSecrets, driveFixture } from './driveFixture.ts';
import { newFile } from './fileBuilder.ts';
import { parseGoogleCredentials } from './googleCredentials.ts';

destinationContract('Google Drive', async (t) => {
  const { fake, drive, open } = await driveFixture(t);
  const upload = async (name: string, contentType: string, content: string) => {
    const url = `${fake.url}/upload/drive/v3/files?uploadType=multipart`;
    const metadata = JSON.stringify({ name, parents: [fake.folderID], mimeType: contentType });
    const body = `--b\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n--b\r\nContent-Type: ${contentType}\r\n\r\n${content}\r\n--b--`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${fake.issueAccessToken()}`,
        'Content-Type': 'multipart/related; boundary=b',
      },
      body,
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  return {
    destination: drive,
    manyBytes: 3 * 1024 * 1024 + 12_345,
    putForeign: (name, content) => upload(name, 'image/jpeg', content),
    putSubfolder: async (name) => {
      fake.createFolder(name, { parent: fake.folderID });
    },
    openMissing: () => open({ folderID: '1MissingMissingMissingMissingMiss' }),
    openFile: async () => {
      await upload('a file.txt', 'text/plain', 'x');
      const file = fake.files().find(({ name }) => name === 'a file.txt');
      return open({ folderID: file?.id ?? '' });
    },
  };
});

test('inspect tells used, free and binned bytes, the fake clock and the link of the folder', async (t) => {
  const now = new Date('2031-05-06T07:08:09Z');
  const { fake, drive, signal, store } = await driveFixture(t, {}, { now: () => now });
  fake.account.storageLimit = 15 * 1024 ** 3;
  fake.account.usedElsewhere = 1024 ** 3;
  const { id } = await store('old.csv', Buffer.alloc(512 * 1024));
  await drive.remove(id, 'Trash', signal);
  const state = await drive.inspect(signal);
  assert.deepEqual(state.now, now);
  assert.equal(state.freeBytes, 14 * 1024 ** 3 - 512 * 1024);
  assert.equal(state.usage, '1 GiB of 15 GiB used, 512 KiB of it in the bin');
  assert.equal(state.link, `${fake.url}/drive/folders/${fake.folderID}`);
});

test('an account without a limit has no free bytes to tell', async (t) => {
  const { fake, drive, signal } = await driveFixture(t);
  fake.account.storageLimit = null;
  const state = await drive.inspect(signal);
  assert.equal(state.freeBytes, undefined);
  assert.match(state.usage, /no limit/);
});

test('the days of a refresh token are told where its credentials know them', async (t) => {
  const { fake, open, signal } = await driveFixture(t);
  const text = JSON.stringify({ ...fake.credentials, refresh_token_expires_at: '2026-03-01T00:00:00Z' });
  const drive = await open({ credentials: parseGoogleCredentials(Buffer.from(text), 'The test') });
  assert.deepEqual((await drive.inspect(signal)).credentialsExpireAt, new Date('2026-03-01T00:00:00Z'));
});

test('a folder in the bin is not found', async (t) => {
  const { fake, drive, failing, signal } = await driveFixture(t);
  const answer = await fetch(`${fake.url}/drive/v3/files/${fake.folderID}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${fake.issueAccessToken()}`, 'Content-Type': 'application/json' },
    body: '{"trashed":true}',
  });
  assert.equal(answer.status, 200);
  const error = await failing('FolderNotFound', () => drive.inspect(signal));
  assert.match(error.message, /bin/);
});

test('a folder made by hand is told apart for scope drive.file, and works with scope drive', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const folderID = fake.createFolder('By hand', { byUser: true });
  const narrow = await open({ folderID });
  const error = await failing('FolderNotFound', () => narrow.inspect(signal));
  assert.match(error.message, /made by hand while the token has scope drive\.file/);
  const credentials = fake.issueCredentials({ scope: 'drive' });
  const wide = await open({
    folderID,
    credentials: parseGoogleCredentials(Buffer.from(JSON.stringify(credentials)), 'The test'),
  });
  await wide.inspect(signal);
  await wide.probe(signal);
});

test('a file that was moved to another folder is gone from this one', async (t) => {
  const { fake, drive, store, signal } = await driveFixture(t);
  const stored = await store('moved.csv', Buffer.from('x'));
  const elsewhere = fake.createFolder('Elsewhere');
  const answer = await fetch(
    `${fake.url}/drive/v3/files/${stored.id}?addParents=${elsewhere}&removeParents=${fake.folderID}`,
    {
      method: 'PATCH',
      headers: { Authorization: `Bearer ${fake.issueAccessToken()}`, 'Content-Type': 'application/json' },
      body: '{}',
    },
  );
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(await drive.get(stored.id, signal), undefined);
  assert.deepEqual(await drive.list(signal), []);
});

test('equal names give two files', async (t) => {
  const { drive, store, signal } = await driveFixture(t);
  const [first, second] = [await store('a.csv', Buffer.from('1')), await store('a.csv', Buffer.from('2'))];
  assert.notEqual(first.id, second.id);
  assert.equal((await drive.list(signal)).length, 2);
});

test('failures of the account and its credentials each have their reason', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const given = fake.credentials;
  const credentials = (change: object) =>
    parseGoogleCredentials(Buffer.from(JSON.stringify({ ...given, ...change })), 'The test');
  const wrongSecret = await open({ credentials: credentials({ client_secret: 'wrong' }) });
  await failing('ClientInvalid', () => wrongSecret.list(signal));
  const deadToken = await open({ credentials: credentials({ refresh_token: '1//0dead' }) });
  assert.match(
    (await failing('TokenExpired', () => deadToken.list(signal))).message,
    /rejected the refresh token/,
  );
  const scopeless = await open({
    credentials: credentials(fake.issueCredentials({ scope: 'drive.readonly' })),
  });
  await failing('ScopeMissing', () => scopeless.list(signal));
  const drive = await open();
  await drive.list(signal);
  fake.disableApi();
  await failing('DriveApiDisabled', () => drive.list(signal));
  await failing('DriveApiDisabled', () => drive.create(newFile('a.csv'), signal));
  fake.enableApi();
  fake.revokeRefreshTokens();
  await failing('TokenExpired', () => drive.list(signal));
});

test('the search for secrets finds what is planted in a log line, an error and its cause', async (t) => {
  const { fake } = await driveFixture(t);
  const { client_secret: secret, refresh_token: token } = fake.credentials;
  const leaks = [
    { message: `sent ${secret}` },
    new Error(`refused ${token}`),
    new Error('outer', { cause: new Error(`PUT ${fake.url}/upload?upload_id=1`) }),
    { deep: { deep: { deep: { deep: { header: `Bearer ${fake.issueAccessToken()}` } } } } },
  ];
  for (const leak of leaks) assert.throws(() => assertNoSecrets(fake, [leak]));
  assertNoSecrets(fake, [new Error('nothing')]);
});
