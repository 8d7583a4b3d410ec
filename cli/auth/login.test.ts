import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { consent } from './testBrowser.ts';
import { assertNoSecret, fakeGoogle, login, refused } from './testLogin.ts';

test('prints a Secret whose token works, and nothing else on standard output', async (t) => {
  const google = await fakeGoogle(t);
  const { secret, stderr } = await login(google, { namespace: 'shop', 'folder-name': 'Shop' });
  assert.equal(secret.kind, 'Secret');
  assert.equal(secret.metadata.namespace, 'shop');
  const folder = google.files().find((file) => file.name === 'Shop');
  assert.equal(secret.metadata.annotations['dbbackup.dev/folder-id'], folder?.id);

  const token = secret.stringData['token.json'];
  assert.deepEqual(Object.keys(JSON.parse(token)), ['type', 'client_id', 'client_secret', 'refresh_token']);
  const credentials = parseGoogleCredentials(Buffer.from(token), 'token.json');
  const refreshed = await fetch(`${google.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: credentials.clientID,
      client_secret: credentials.clientSecret,
      refresh_token: credentials.refreshToken,
    }),
  });
  const { access_token: accessToken, scope } = (await refreshed.json()) as Record<string, string>;
  assert.equal(scope, 'https://www.googleapis.com/auth/drive.file');
  const seen = await fetch(`${google.url}/drive/v3/files/${folder?.id}`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  assert.equal(seen.status, 200);

  assert.match(stderr, /ann@example\.com/);
  assert.match(stderr, new RegExp(`Made the folder: "Shop", ID ${folder?.id}`));
  assertNoSecret(stderr, google);
  assert.deepEqual(google.bugs, []);
});

test('the same login again uses the folder of the first one', async (t) => {
  const google = await fakeGoogle(t);
  const first = await login(google, { 'folder-name': 'Shop' });
  const second = await login(google, { 'folder-name': 'Shop' });
  assert.deepEqual(second.secret.metadata, first.secret.metadata);
  assert.match(second.stderr, /Using the folder of an earlier login/);
  assert.notEqual(second.secret.stringData['token.json'], first.secret.stringData['token.json']);
});

test('takes the client from the file of the console', async (t) => {
  const google = await fakeGoogle(t);
  const file = join(await temporaryDirectory(t), 'client_secret.json');
  const { id: client_id, secret: client_secret } = google.client;
  await writeFile(file, JSON.stringify({ installed: { client_id, client_secret } }));
  const { secret } = await login(google, { 'client-file': file });
  assert.equal(JSON.parse(secret.stringData['token.json']).client_id, client_id);
});

test('no refresh token is refused with what to remove', async (t) => {
  const google = await fakeGoogle(t);
  google.client.consented = true;
  const openBrowser = async (url: string) => {
    const again = new URL(url);
    assert.equal(again.searchParams.get('prompt'), 'consent');
    again.searchParams.delete('prompt');
    await consent(again.href);
  };
  await refused(google, 'CredentialsInvalid', /no refresh token: remove the app/, {}, { openBrowser });
});

test('an app in Testing: the end of the token is stored and warned of', async (t) => {
  const google = await fakeGoogle(t);
  google.client.publishingStatus = 'Testing';
  const { secret, stderr } = await login(google);
  const end = '2026-02-17T02:00:00.000Z';
  assert.equal(JSON.parse(secret.stringData['token.json']).refresh_token_expires_at, end);
  assert.match(stderr, new RegExp(`WARNING: this access ends at ${end}.*PUBLISH APP`));
});

test('a wrong client secret is ClientInvalid', async (t) => {
  const google = await fakeGoogle(t);
  await refused(google, 'ClientInvalid', /client secret is wrong/, { 'client-secret': 'GOCSPX-wrong' });
});

test('a switched-off API is DriveApiDisabled', async (t) => {
  const google = await fakeGoogle(t);
  google.disableApi();
  await refused(google, 'DriveApiDisabled', /API is off/);
});

test('--scope drive takes a folder made by hand after a look at it', async (t) => {
  const google = await fakeGoogle(t);
  const id = google.createFolder('By hand', { byUser: true });
  const { secret, stderr } = await login(google, { scope: 'drive', 'folder-id': id });
  assert.equal(secret.metadata.annotations['dbbackup.dev/folder-id'], id);
  assert.match(stderr, /The folder is there: "By hand"/);
});

test('--scope drive refuses a folder that is not there', async (t) => {
  const google = await fakeGoogle(t);
  await refused(google, 'FolderNotFound', /not found/, { scope: 'drive', 'folder-id': '1NoSuchFolder' });
});

test('--scope drive is refused if the person granted less', async (t) => {
  const google = await fakeGoogle(t);
  const openBrowser = async (url: string) => {
    const less = new URL(url);
    less.searchParams.set('scope', 'https://www.googleapis.com/auth/drive.file');
    await consent(less.href);
  };
  await refused(google, 'ScopeMissing', /lacks the scope drive:/, { scope: 'drive' }, { openBrowser });
});

test('--scope spreadsheets asks nothing of Drive and prints the Secret of syncs', async (t) => {
  const google = await fakeGoogle(t);
  google.disableApi();
  const files = google.files();
  const { secret, stdout, stderr } = await login(google, { scope: 'spreadsheets', namespace: 'shop' });
  assert.deepEqual(secret.metadata, { name: 'sheets-oauth', namespace: 'shop' });
  assert.match(stdout, /^# For syncs, not for backups/);
  assert.match(stderr, /Access granted, scope spreadsheets; under it Google does not tell the account\./);
  assertNoSecret(stderr, google);
  assert.deepEqual(google.files(), files);
  assert.deepEqual(
    google.requests.filter(({ path }) => path.startsWith('/drive/')),
    [],
  );
  assert.deepEqual(google.bugs, []);
});

test('--scope spreadsheets is refused if the person granted less', async (t) => {
  const google = await fakeGoogle(t);
  const openBrowser = async (url: string) => {
    await consent(url, { untick: true });
  };
  const words = /lacks the scope spreadsheets: .*--scope spreadsheets/;
  await refused(google, 'ScopeMissing', words, { scope: 'spreadsheets' }, { openBrowser });
});

test('--out writes the Secret to a file that only its owner reads', async (t) => {
  const google = await fakeGoogle(t);
  const out = join(await temporaryDirectory(t), 'secret.yaml');
  const { stdout, stderr } = await login(google, { out });
  assert.equal(stdout, '');
  assert.equal((await stat(out)).mode & 0o777, 0o600);
  assert.equal(parse(await readFile(out, 'utf8')).kind, 'Secret');
  assertNoSecret(stderr, google);
});

test('refuses a root that is no address', async (t) => {
  const google = await fakeGoogle(t);
  await refused(google, 'InvalidSpec', /DBBACKUP_GOOGLE_URL/, {}, { googleURL: 'localhost' });
});
