import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../sandbox/testing.ts';
import { AccessToken } from './accessToken.ts';
import { alteringServer } from './alteringServer.ts';
import { driveFixture, quickClock } from './driveFixture.ts';
import { parseGoogleCredentials } from './googleCredentials.ts';
import { HTTPTransport } from './httpTransport.ts';
import { googleRetries } from './retry.ts';

async function tokenOf(t: TestContext, answer?: (body: Record<string, unknown>) => void) {
  const fixture = await driveFixture(t);
  const { fake } = fixture;
  const root = await alteringServer(t, fake.url, (_, passing) => {
    const body = JSON.parse(passing.body.toString());
    answer?.(body);
    passing.body = Buffer.from(JSON.stringify(body));
  });
  const clock = quickClock();
  const transport = new HTTPTransport();
  const token = new AccessToken({
    credentials: parseGoogleCredentials(Buffer.from(JSON.stringify(fake.credentials)), 'The test'),
    tokenURL: new URL('/token', root),
    transport,
    clock,
    waiting: { clock, policy: googleRetries },
  });
  t.after(() => {
    token[Symbol.dispose]();
    transport[Symbol.dispose]();
  });
  const refreshes = () => fake.requests.filter(({ operation }) => operation === 'tokenRefresh').length;
  return { ...fixture, token, clock, refreshes };
}

test('callers at the same time share one refresh, and the token is kept', async (t) => {
  const { token, signal, refreshes } = await tokenOf(t);
  const texts = await Promise.all(Array.from({ length: 8 }, () => token.get(signal)));
  assert.equal(new Set([...texts, await token.get(signal)]).size, 1);
  assert.equal(refreshes(), 1);
});

test('a token is renewed two minutes before it ends', async (t) => {
  const { token, signal, clock, refreshes } = await tokenOf(t);
  await token.get(signal);
  await clock.sleep(3_400_000, signal);
  await token.get(signal);
  assert.equal(refreshes(), 1);
  await clock.sleep(80_000, signal);
  await token.get(signal);
  assert.equal(refreshes(), 2);
});

test('of many callers with one refused token, the first alone makes a new one', async (t) => {
  const { token, signal, refreshes } = await tokenOf(t);
  const stale = await token.get(signal);
  const fresh = await Promise.all(Array.from({ length: 5 }, () => token.replace(stale, signal)));
  const late = await token.replace(stale, signal);
  assert.equal(new Set([...fresh, late]).size, 1);
  assert.notEqual(late, stale);
  assert.equal(refreshes(), 2);
});

test('a caller that is told to stop leaves the shared refresh to the others', async (t) => {
  const { fake, token, signal, refreshes } = await tokenOf(t);
  const slow = fake.faults.add({ operation: 'tokenRefresh', effect: 'error', status: 503 });
  const run = new AbortController();
  const reason = new Error('Told to stop.');
  const first = token.get(run.signal);
  const second = token.get(signal);
  run.abort(reason);
  await assert.rejects(first, (error) => error === reason);
  assert.ok((await second).length > 0);
  assert.deepEqual([slow.hits, refreshes()], [1, 2]);
});

test('a refresh that hangs ends when the connection is closed', async (t) => {
  const { fake, token, signal, failing } = await tokenOf(t);
  const hang = fake.faults.add({ operation: 'tokenRefresh', effect: 'hang' });
  const waiting = failing('Interrupted', () => token.get(signal));
  await eventually(() => assert.equal(hang.hits, 1));
  token[Symbol.dispose]();
  await waiting;
});

test('the end of the refresh token is known when Google tells it', async (t) => {
  const { token, signal } = await tokenOf(t, (body) => {
    body.refresh_token_expires_in = 604_799;
  });
  const before: Date | undefined = token.refreshTokenExpiresAt;
  assert.equal(before, undefined);
  await token.get(signal);
  const days = ((token.refreshTokenExpiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
  assert.ok(days > 6.9 && days < 7.1, `${days} days`);
});

test('a token without a Drive scope is refused before its first use', async (t) => {
  const { token, signal, failing } = await tokenOf(t, (body) => {
    body.scope = 'openid https://www.googleapis.com/auth/drive.readonly';
  });
  await failing('ScopeMissing', () => token.get(signal));
});
