import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { FakeGoogle } from '../fakeControls.ts';
import { consentInBrowser } from '../person.ts';
import { testDrive } from '../testDrive.ts';
import type { Client } from './authorizations.ts';

const redirectURI = 'http://127.0.0.1:39123/callback';
const verifier = randomBytes(40).toString('base64url');
const driveFile = 'https://www.googleapis.com/auth/drive.file';

function authorizationURL(fake: FakeGoogle, client: Client, change: Record<string, string | undefined> = {}) {
  const url = new URL(`${fake.url}/o/oauth2/v2/auth`);
  const parameters = {
    client_id: client.id,
    redirect_uri: redirectURI,
    response_type: 'code',
    scope: driveFile,
    state: 'a state & more',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    access_type: 'offline',
    ...change,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

async function post(fake: FakeGoogle, path: string, form: Record<string, string>) {
  const answer = await fetch(fake.url + path, { method: 'POST', body: new URLSearchParams(form) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  return { status: answer.status, json: (await answer.json()) as any };
}

function redeem(fake: FakeGoogle, client: Client, code: string, change: Record<string, string> = {}) {
  return post(fake, '/token', {
    grant_type: 'authorization_code',
    code,
    client_id: client.id,
    client_secret: client.secret,
    redirect_uri: redirectURI,
    code_verifier: verifier,
    ...change,
  });
}

async function codeFor(fake: FakeGoogle, client: Client, change: Record<string, string | undefined> = {}) {
  const back = new URL(await consentInBrowser(authorizationURL(fake, client, change)));
  return back.searchParams.get('code') ?? '';
}

const refresh = (fake: FakeGoogle, form: Record<string, string> = {}) => {
  const { type: _, ...credentials } = fake.credentials;
  return post(fake, '/token', { ...credentials, grant_type: 'refresh_token', ...form });
};

test('a consent leads back to the loopback address with the state, and its code to tokens', async (t) => {
  const { fake } = await testDrive(t);
  const client = fake.createClient();
  const back = new URL(await consentInBrowser(authorizationURL(fake, client)));
  assert.equal(back.origin + back.pathname, redirectURI);
  assert.equal(back.searchParams.get('state'), 'a state & more');
  const { status, json } = await redeem(fake, client, back.searchParams.get('code') ?? '');
  assert.equal(status, 200);
  assert.equal(json.scope, driveFile);
  assert.match(json.refresh_token, /^1\/\//);
  assert.equal(json.refresh_token_expires_in, undefined);
  const again = await post(fake, '/token', {
    grant_type: 'refresh_token',
    client_id: client.id,
    client_secret: client.secret,
    refresh_token: json.refresh_token,
  });
  assert.equal(again.status, 200);
});

test('a code is good once, for its own verifier and redirect address, and for ten minutes', async (t) => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { fake } = await testDrive(t, { now: () => now });
  const client = fake.createClient();
  const code = await codeFor(fake, client);
  const wrong = await redeem(fake, client, code, { code_verifier: 'x'.repeat(43) });
  assert.deepEqual(wrong, {
    status: 400,
    json: { error: 'invalid_grant', error_description: 'Invalid code verifier.' },
  });
  assert.equal(
    (await redeem(fake, client, code, { code_verifier: '' })).json.error_description,
    'Missing code verifier.',
  );
  const elsewhere = await redeem(fake, client, code, { redirect_uri: 'http://127.0.0.1:1/' });
  assert.equal(elsewhere.json.error, 'redirect_uri_mismatch');
  assert.equal((await redeem(fake, client, code)).status, 200);
  assert.equal((await redeem(fake, client, code)).json.error, 'invalid_grant');
  const late = await codeFor(fake, client);
  now = new Date('2026-01-01T00:10:01Z');
  assert.equal((await redeem(fake, client, late)).json.error, 'invalid_grant');
});

test('a refresh token comes with the first offline consent, and later only with prompt=consent', async (t) => {
  const { fake } = await testDrive(t);
  const client = fake.createClient();
  const tokenOf = async (change: Record<string, string | undefined>) =>
    (await redeem(fake, client, await codeFor(fake, client, change))).json.refresh_token;
  assert.equal(await tokenOf({ access_type: undefined }), undefined);
  assert.equal(await tokenOf({}), undefined);
  assert.match(await tokenOf({ prompt: 'consent' }), /^1\/\//);
  fake.revokeRefreshTokens();
  assert.match(await tokenOf({}), /^1\/\//);
});

test('the person may cancel, or untick a scope', async (t) => {
  const { fake } = await testDrive(t);
  const client = fake.createClient();
  const denied = new URL(await consentInBrowser(authorizationURL(fake, client), { deny: true }));
  assert.equal(denied.searchParams.get('error'), 'access_denied');
  assert.equal(denied.searchParams.get('code'), null);
  const scope = `${driveFile} https://www.googleapis.com/auth/spreadsheets`;
  const url = authorizationURL(fake, client, { scope });
  const back = new URL(await consentInBrowser(url, { untick: ['drive.file'] }));
  const { json } = await redeem(fake, client, back.searchParams.get('code') ?? '');
  assert.equal(json.scope, 'https://www.googleapis.com/auth/spreadsheets');
});

test('the consent page refuses foreign redirects, missing PKCE, unknown scopes and unknown clients', async (t) => {
  const { fake } = await testDrive(t);
  const client = fake.createClient();
  const cases: [Record<string, string | undefined>, number, RegExp][] = [
    [{ redirect_uri: 'https://example.com/' }, 400, /redirect_uri_mismatch/],
    [{ redirect_uri: 'http://127.0.0.1.example.com/' }, 400, /redirect_uri_mismatch/],
    [{ redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' }, 400, /redirect_uri_mismatch/],
    [{ code_challenge: undefined }, 400, /code_challenge/],
    [{ code_challenge_method: 'plain' }, 400, /S256/],
    [{ scope: 'https://www.googleapis.com/auth/drive.fiel' }, 400, /invalid_scope/],
    [{ response_type: 'token' }, 400, /response_type/],
    [{ client_id: 'nobody' }, 401, /invalid_client/],
  ];
  for (const [change, status, words] of cases) {
    const answer = await fetch(authorizationURL(fake, client, change), { redirect: 'manual' });
    assert.equal(answer.status, status, JSON.stringify(change));
    assert.match(await answer.text(), words);
  }
});

test('refreshing fails by the reason: dead token, wrong secret, unknown client, bad request', async (t) => {
  const { fake } = await testDrive(t);
  const answers = {
    secret: await refresh(fake, { client_secret: 'wrong' }),
    client: await refresh(fake, { client_id: 'nobody' }),
    grant: await refresh(fake, { grant_type: 'password' }),
    nonsense: await refresh(fake, { refresh_token: '1//nonsense' }),
  };
  assert.deepEqual([answers.secret.status, answers.secret.json.error], [401, 'invalid_client']);
  assert.deepEqual([answers.client.status, answers.client.json.error], [401, 'invalid_client']);
  assert.deepEqual([answers.grant.status, answers.grant.json.error], [400, 'unsupported_grant_type']);
  assert.deepEqual([answers.nonsense.status, answers.nonsense.json.error], [400, 'invalid_grant']);
  const { access_token } = (await refresh(fake)).json;
  fake.revokeRefreshTokens();
  assert.deepEqual((await refresh(fake)).json, {
    error: 'invalid_grant',
    error_description: 'Token has been expired or revoked.',
  });
  const used = await fetch(`${fake.url}/drive/v3/files`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  assert.equal(used.status, 401);
});

test('a token dies after 7 days of an app in Testing, after 6 months without use, and an access token in an hour', async (t) => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { fake, request } = await testDrive(t, { now: () => now });
  const client = fake.createClient();
  client.publishingStatus = 'Testing';
  const { json } = await redeem(fake, client, await codeFor(fake, client));
  assert.equal(json.refresh_token_expires_in, 604_800);
  const own = { client_id: client.id, client_secret: client.secret, refresh_token: json.refresh_token };
  now = new Date('2026-01-01T00:59:58Z');
  assert.equal((await request('GET', '/drive/v3/files')).status, 200);
  now = new Date('2026-01-01T00:59:59Z');
  const expired = await request('GET', '/drive/v3/files');
  assert.equal(expired.status, 401);
  assert.equal(expired.json.error.errors[0].reason, 'authError');
  now = new Date('2026-01-07T23:59:59Z');
  assert.equal((await refresh(fake, own)).status, 200);
  now = new Date('2026-01-08T00:00:00Z');
  assert.equal((await refresh(fake, own)).json.error, 'invalid_grant');
  assert.equal((await refresh(fake)).status, 200);
  now = new Date('2026-07-10T00:00:00Z');
  assert.equal((await refresh(fake)).json.error, 'invalid_grant');
});

test('tokeninfo tells what a token is good for, and revoke ends the whole grant', async (t) => {
  const { fake } = await testDrive(t);
  const { access_token } = (await refresh(fake)).json;
  const info = await (await fetch(`${fake.url}/tokeninfo?access_token=${access_token}`)).json();
  assert.equal((info as { scope: string }).scope, driveFile);
  assert.equal((await post(fake, '/revoke', { token: access_token })).status, 200);
  assert.equal((await fetch(`${fake.url}/tokeninfo?access_token=${access_token}`)).status, 400);
  assert.equal((await refresh(fake)).json.error, 'invalid_grant');
  assert.equal((await post(fake, '/revoke', { token: access_token })).json.error, 'invalid_token');
});

test('of over a hundred live refresh tokens the oldest dies', async (t) => {
  const { fake } = await testDrive(t);
  for (let issued = 1; issued < 100; issued++) fake.issueCredentials();
  assert.equal((await refresh(fake)).status, 200);
  fake.issueCredentials();
  assert.equal((await refresh(fake)).json.error, 'invalid_grant');
});
