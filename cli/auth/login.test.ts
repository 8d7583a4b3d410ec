import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import type { FakeGoogle } from '../../sandbox/google/fakeControls.ts';
import { startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { eventually, temporaryDirectory } from '../../sandbox/testing.ts';
import type { AuthIO } from './authIo.ts';
import { authLogin } from './login.ts';
import type { AuthLoginFlags } from './loginOptions.ts';
import { consent, decide } from './testBrowser.ts';
import { patientClock, TestClock, testTerminal } from './testTerminal.ts';

async function fakeGoogle(t: TestContext): Promise<FakeGoogle> {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t), now: patientClock.now });
  t.after(() => google.stop());
  return google;
}

/** Logs in with the fake's client; the browser consents, unless another is given. A browser that fails ends it. */
async function login(google: FakeGoogle, flags: AuthLoginFlags = {}, given: Partial<AuthIO> = {}) {
  const failed = new AbortController();
  const open = given.openBrowser ?? consent;
  const terminal = testTerminal({
    googleURL: google.url,
    ...given,
    openBrowser: async (url) => {
      await open(url).catch((error) => failed.abort(error));
    },
    signal: AbortSignal.any([failed.signal, ...(given.signal ? [given.signal] : [])]),
  });
  const client = flags['client-file']
    ? {}
    : { 'client-id': google.client.id, 'client-secret': google.client.secret };
  await authLogin({ ...client, ...flags }, terminal.io);
  const secret = parse(terminal.stdout() || '{}');
  return { secret, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

/** Logs in, which must fail: with this reason, these words, nothing on standard output and no secret anywhere. */
async function refused(
  google: FakeGoogle,
  reason: FailureReason,
  words: RegExp,
  flags: AuthLoginFlags = {},
  given: Partial<AuthIO> = {},
): Promise<void> {
  const terminal = testTerminal();
  const { stdout, stderr } = terminal.io;
  const error = await login(google, flags, { stdout, stderr, ...given }).then(
    () => assert.fail('the login succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BackupError, String((error as Error).stack));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, words);
  assert.equal(terminal.stdout(), '');
  assertNoSecret(`${error.message}${error.stack}${error.cause}${terminal.stderr()}`, google);
}

function assertNoSecret(text: string, google: FakeGoogle): void {
  assert.ok(!text.includes(google.client.secret), 'the client secret is shown');
  // How refresh tokens, access tokens and codes of the fake (and of Google) begin.
  for (const start of ['1//0', 'ya29.', '4/0A', '4%2F0A'])
    assert.ok(!text.includes(start), `${start}… is shown`);
}

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

test('shows the browser a closing page that tells nothing', async (t) => {
  const google = await fakeGoogle(t);
  let page = { status: 0, text: '' };
  const openBrowser = async (url: string) => {
    page = await consent(url);
  };
  await login(google, {}, { openBrowser });
  assert.equal(page.status, 200);
  assert.match(page.text, /You may close this page/);
  assertNoSecret(page.text, google);
});

test('an answer with a wrong state is refused and the login goes on', async (t) => {
  const google = await fakeGoogle(t);
  let page = { status: 0, text: '' };
  const openBrowser = async (url: string) => {
    const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
    const forged = await fetch(`${redirect}/?state=${'A'.repeat(43)}&code=4/0Aforged`);
    page = { status: forged.status, text: await forged.text() };
    assert.equal((await fetch(`${redirect}/?code=4/0Aforged`)).status, 400);
    assert.equal((await fetch(`${redirect}/favicon.ico`)).status, 404);
    await consent(url);
  };
  const { secret } = await login(google, {}, { openBrowser });
  assert.equal(page.status, 400);
  assert.match(page.text, /another login/);
  assert.equal(secret.kind, 'Secret');
});

test('a code that was asked for with another PKCE challenge is refused', async (t) => {
  const google = await fakeGoogle(t);
  const openBrowser = async (url: string) => {
    const forged = new URL(url);
    assert.equal(forged.searchParams.get('code_challenge_method'), 'S256');
    forged.searchParams.set('code_challenge', 'A'.repeat(43));
    await consent(forged.href);
  };
  await refused(google, 'CredentialsInvalid', /rejected the code of this login/, {}, { openBrowser });
});

test('an unticked box is ScopeMissing', async (t) => {
  const google = await fakeGoogle(t);
  const openBrowser = async (url: string) => {
    await consent(url, { untick: true });
  };
  await refused(
    google,
    'ScopeMissing',
    /lacks the scope drive\.file.*leave the box ticked/,
    {},
    { openBrowser },
  );
});

test('a denied consent is said in the terminal and in the browser', async (t) => {
  const google = await fakeGoogle(t);
  let page = { status: 0, text: '' };
  const openBrowser = async (url: string) => {
    page = await consent(url, { decision: 'deny' });
  };
  await refused(google, 'ScopeMissing', /consent was denied/, {}, { openBrowser });
  assert.match(page.text, /Nothing was granted/);
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

test('gives up after 15 minutes in which nobody answers', async (t) => {
  const google = await fakeGoogle(t);
  const clock = new TestClock();
  const nobody = { openBrowser: async () => undefined, clock };
  await refused(google, 'DeadlineExceeded', /within 15 minutes/, {}, nobody);
  assert.deepEqual(clock.waits, [15 * 60_000]);
});

test('stops when it is told to', async (t) => {
  const google = await fakeGoogle(t);
  const stop = new AbortController();
  const told = { openBrowser: async () => stop.abort(), signal: stop.signal };
  await refused(google, 'Interrupted', /no Secret was written/, {}, told);
});

test('a taken port is said', async (t) => {
  const google = await fakeGoogle(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await eventually(() => assert.ok(taken.listening));
  const port = String((taken.address() as AddressInfo).port);
  await refused(google, 'InvalidSpec', /cannot be had \(EADDRINUSE\): choose another --port/, { port });
});

test('a Google that cannot be reached is worth another try', async (t) => {
  const google = await fakeGoogle(t);
  const openBrowser = async (url: string) => {
    await consent(url);
    await google.stop();
  };
  await refused(google, 'UploadFailed', /no answer/, {}, { openBrowser, clock: onlyShortWaits() });
});

test('without a browser of its own it goes on with the printed address', async (t) => {
  const google = await fakeGoogle(t);
  const terminal = testTerminal({ googleURL: google.url });
  const { id, secret } = google.client;
  const done = authLogin({ 'client-id': id, 'client-secret': secret }, terminal.io);
  await consent(await printedAddress(terminal.stderr));
  await done;
  assert.equal(parse(terminal.stdout()).kind, 'Secret');
  assert.match(terminal.stderr(), /No browser could be opened here/);
});

test('--no-browser takes the address of the last page from standard input', async (t) => {
  const google = await fakeGoogle(t);
  const terminal = testTerminal({
    googleURL: google.url,
    openBrowser: () => assert.fail('a browser was opened'),
  });
  const { id, secret } = google.client;
  const done = authLogin({ 'client-id': id, 'client-secret': secret, 'no-browser': true }, terminal.io);
  const back = await decide(await printedAddress(terminal.stderr), {});
  terminal.stdin.write('http://127.0.0.1:1/?state=other&code=4/0Aforged\nhello\n\n');
  await eventually(() =>
    assert.equal(terminal.stderr().match(/not the address of the last page/g)?.length, 2),
  );
  terminal.stdin.write(`${back.headers.get('location')}\n`);
  await done;
  assert.equal(parse(terminal.stdout()).kind, 'Secret');
  assertNoSecret(terminal.stderr(), google);
});

test('--no-browser goes on when standard input is at its end', async (t) => {
  const google = await fakeGoogle(t);
  const terminal = testTerminal({ googleURL: google.url });
  terminal.stdin.end();
  const { id, secret } = google.client;
  const done = authLogin({ 'client-id': id, 'client-secret': secret, 'no-browser': true }, terminal.io);
  await consent(await printedAddress(terminal.stderr));
  await done;
  assert.equal(parse(terminal.stdout()).kind, 'Secret');
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

/** The address that the terminal tells the person to open. */
function printedAddress(stderr: () => string): Promise<string> {
  return eventually(() => /^ {2}(http\S+)$/m.exec(stderr())?.[1] ?? assert.fail('no address yet'));
}

/** Ends short waits at once, and the one for the person never. */
function onlyShortWaits(): AuthIO['clock'] {
  const clock = new TestClock();
  return {
    now: clock.now,
    sleep: (milliseconds, signal) =>
      (milliseconds > 60_000 ? patientClock : clock).sleep(milliseconds, signal),
  };
}
