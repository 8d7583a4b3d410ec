import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { authLogin } from './login.ts';
import type { AuthLoginFlags } from './loginOptions.ts';
import { type Decision, decide } from './testBrowser.ts';
import { TestClock, testTerminal } from './testTerminal.ts';

/** A fake with a client for devices, on the same clock as the login, which `slow` can hold back. */
async function setUp(t: TestContext, deviceInterval = 5) {
  const clock = new TestClock();
  const lag = { ms: 0 };
  const google = await startFakeGoogle({
    directory: await temporaryDirectory(t),
    now: () => new Date(clock.now().getTime() - lag.ms),
    deviceInterval,
  });
  t.after(() => google.stop());
  const client = google.createClient('device');
  const terminal = testTerminal({
    googleURL: google.url,
    clock,
    openBrowser: () => assert.fail('a browser was opened'),
  });
  const login = (flags: AuthLoginFlags = {}) =>
    authLogin(
      { 'client-id': client.id, 'client-secret': client.secret, device: true, ...flags },
      terminal.io,
    );
  /** The person types the code and decides. */
  const person = async (decision: Decision = {}) => {
    const [, page, code] = /open (\S+) and type the code\s+(\S+)/.exec(terminal.stderr()) ?? assert.fail();
    const answer = await decide(`${page}?user_code=${code}`, decision);
    assert.equal(answer.status, 200);
  };
  const refused = async (reason: FailureReason, words: RegExp, flags: AuthLoginFlags = {}) => {
    const error = await login(flags).then(
      () => assert.fail('the login succeeded'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, words);
    assert.equal(terminal.stdout(), '');
    const said = `${error.message}${error.stack}${terminal.stderr()}`;
    for (const secret of [client.secret, 'AH-1Ng', '1//0', 'ya29.']) assert.ok(!said.includes(secret));
  };
  return { clock, lag, google, client, terminal, login, person, refused };
}

test('polls until the person has typed the code, and prints the Secret', async (t) => {
  const { clock, google, client, terminal, login, person } = await setUp(t);
  clock.onWait = async (waits) => {
    if (waits === 3) await person();
  };
  await login({ 'folder-name': 'Shop' });
  assert.deepEqual(clock.waits, [5_000, 5_000, 5_000]);
  const secret = parse(terminal.stdout());
  assert.equal(JSON.parse(secret.stringData['token.json']).client_id, client.id);
  const made = google.files().find((file) => file.name === 'Shop');
  assert.equal(secret.metadata.annotations['dbbackup.dev/folder-id'], made?.id);
  assert.ok(!terminal.stderr().includes('AH-1Ng'), 'the device code is shown');
  const polls = google.requests
    .filter((request) => request.path === '/token')
    .map((request) => request.status);
  assert.deepEqual(polls, [428, 428, 200]);
});

test('polls less often after slow_down', async (t) => {
  const { clock, lag, google, login, person } = await setUp(t);
  clock.onWait = async (waits) => {
    // Google's clock has moved by two seconds only since the poll before.
    if (waits === 2) lag.ms += 3_000;
    if (waits === 4) await person();
  };
  await login();
  assert.deepEqual(clock.waits, [5_000, 5_000, 10_000, 10_000]);
  const polls = google.requests
    .filter((request) => request.path === '/token')
    .map((request) => request.status);
  assert.deepEqual(polls, [428, 403, 428, 200]);
});

test('keeps to the interval that Google gives', async (t) => {
  const { clock, login, person } = await setUp(t, 7);
  clock.onWait = () => person();
  await login();
  assert.deepEqual(clock.waits, [7_000]);
});

test('a denied consent is ScopeMissing', async (t) => {
  const { clock, person, refused } = await setUp(t);
  clock.onWait = () => person({ decision: 'deny' });
  await refused('ScopeMissing', /consent was denied/);
});

test('an unticked box is ScopeMissing', async (t) => {
  const { clock, person, refused } = await setUp(t);
  clock.onWait = () => person({ untick: true });
  await refused('ScopeMissing', /leave the box ticked/);
});

test('a code that nobody types runs out', async (t) => {
  const { clock, refused } = await setUp(t, 600);
  await refused('DeadlineExceeded', /code ran out/);
  assert.deepEqual(clock.waits, [600_000, 600_000, 600_000]);
});

test('a code that runs out earlier by the clock of Google ends the login', async (t) => {
  const { clock, lag, google, refused } = await setUp(t, 600);
  clock.onWait = () => {
    lag.ms = -3600_000;
  };
  await refused('DeadlineExceeded', /code ran out/);
  assert.equal(google.requests.filter((request) => request.path === '/token').length, 1);
});

test('a client of another type is ClientInvalid with the type to make', async (t) => {
  const { google, refused } = await setUp(t);
  const { id, secret } = google.client;
  const flags = { 'client-id': id, 'client-secret': secret };
  await refused('ClientInvalid', /TVs and Limited Input devices/, flags);
});

test('an unknown client is ClientInvalid', async (t) => {
  const { refused } = await setUp(t);
  await refused('ClientInvalid', /client ID or the client secret is wrong/, { 'client-id': 'nobody' });
});

test('scopes drive and spreadsheets are refused before Google is asked', async (t) => {
  const { google, refused } = await setUp(t);
  await refused('ScopeMissing', /Google allows no scope drive with --device/, { scope: 'drive' });
  await refused('ScopeMissing', /no scope spreadsheets with --device/, { scope: 'spreadsheets' });
  assert.deepEqual(google.requests, []);
});
