import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parse } from 'yaml';
import { eventually } from '../../sandbox/testing.ts';
import { authLogin } from './login.ts';
import { consent, decide } from './testBrowser.ts';
import { assertNoSecret, fakeGoogle, login, onlyShortWaits, printedAddress, refused } from './testLogin.ts';
import { TestClock, testTerminal } from './testTerminal.ts';

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
