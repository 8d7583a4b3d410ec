import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { BackupError } from '../../crds/failureReason.ts';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { type AuthImportFlags, authImport } from './importToken.ts';
import { credentialPickles, googleAuthPickles, pickled, pythonPickles } from './pythonPickles.ts';
import { testTerminal } from './testTerminal.ts';

const install = 'apt-get install python3';
const secrets = [pickled.token, pickled.refreshToken, pickled.clientSecret];
const wanted = {
  type: 'authorized_user',
  client_id: pickled.clientID,
  client_secret: pickled.clientSecret,
  refresh_token: pickled.refreshToken,
};
const tokenJSON = {
  token: pickled.token,
  refresh_token: pickled.refreshToken,
  token_uri: 'https://oauth2.googleapis.com/token',
  client_id: pickled.clientID,
  client_secret: pickled.clientSecret,
  scopes: pickled.scopes,
  universe_domain: 'googleapis.com',
  account: '',
  expiry: '2026-02-10T02:00:00.123456Z',
};

/** Imports the content as a file and gives the parsed Secret and what stderr said. */
async function imported(t: TestContext, content: Uint8Array | string, flags: AuthImportFlags = {}) {
  const file = join(await temporaryDirectory(t), 'token');
  await writeFile(file, content);
  const terminal = testTerminal();
  await authImport(file, flags, terminal.io);
  const secret = parse(terminal.stdout());
  return { secret, token: JSON.parse(secret.stringData['token.json']), stderr: terminal.stderr() };
}

/** Imports the content, which must be refused; gives the error after a look for secrets in it. */
async function refused(
  t: TestContext,
  content: Uint8Array | string,
  flags: AuthImportFlags = {},
): Promise<BackupError> {
  const file = join(await temporaryDirectory(t), 'token');
  await writeFile(file, content);
  const terminal = testTerminal();
  const error = await authImport(file, flags, terminal.io).then(
    () => assert.fail('was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BackupError, String(error));
  assert.equal(terminal.stdout(), '');
  for (const secret of secrets) assert.ok(!`${error.message}${terminal.stderr()}`.includes(secret));
  return error;
}

test("makes a Secret of python's token.json", async (t) => {
  const { secret, token, stderr } = await imported(t, JSON.stringify(tokenJSON), { namespace: 'shop' });
  assert.deepEqual(token, wanted);
  assert.equal(secret.kind, 'Secret');
  assert.deepEqual(secret.metadata, { name: 'drive-oauth', namespace: 'shop' });
  for (const one of secrets) assert.ok(!stderr.includes(one));
});

test('reads the token from standard input', async () => {
  const terminal = testTerminal();
  terminal.stdin.end(JSON.stringify(tokenJSON));
  await authImport('-', { 'secret-name': 'other' }, terminal.io);
  assert.equal(parse(terminal.stdout()).metadata.name, 'other');
});

test('makes a Secret of credentials pickled in any protocol', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  for (const [protocol, pickle] of await credentialPickles(python)) {
    assert.deepEqual((await imported(t, pickle)).token, wanted, `protocol ${protocol}`);
  }
});

test('makes a Secret of what google-auth itself pickles', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const made = await googleAuthPickles(python);
  if (!made) return t.skip('google-auth is not installed: apt-get install python3-google-auth');
  for (const pickle of made.values()) assert.deepEqual((await imported(t, pickle)).token, wanted);
});

test('makes a Secret of a pickled dict and of an oauth2client object', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const attributes = `dict(client_id=options['clientID'], client_secret=options['clientSecret'],
    refresh_token=options['refreshToken'], access_token=options['token'], scopes=set(options['scopes']))`;
  const definitions = `
class OAuth2Credentials(object):
    pass
old = OAuth2Credentials()
old.__dict__.update(${attributes})
`;
  for (const expression of [attributes, 'old']) {
    const made = await pythonPickles(python, expression, definitions);
    for (const [protocol, pickle] of made) {
      assert.deepEqual((await imported(t, pickle)).token, wanted, `protocol ${protocol}`);
    }
  }
});

test('a hostile pickle is not run and gets a clear sentence', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const witness = join(await temporaryDirectory(t), 'witness');
  const definitions = `
import os
class Hostile(object):
    def __reduce__(self):
        return (os.system, ('touch ${witness}',))
`;
  for (const pickle of (await pythonPickles(python, 'Hostile()', definitions)).values()) {
    const error = await refused(t, pickle);
    assert.equal(error.reason, 'CredentialsInvalid');
    assert.match(
      error.message,
      /a pickle of (posix|nt)\.system, not of Google credentials; nothing of it was run/,
    );
  }
  assert.equal(existsSync(witness), false);
});

test('refuses the pickle of a service account with the way out', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const definitions = `
import types
module = sys.modules['service_account'] = types.ModuleType('service_account')
class Credentials(object):
    pass
Credentials.__module__ = 'service_account'
module.Credentials = Credentials
made = Credentials()
made._signer = 'canary'
`;
  for (const pickle of (await pythonPickles(python, 'made', definitions)).values()) {
    assert.match((await refused(t, pickle)).message, /Service accounts cannot own files in a personal Drive/);
  }
});

test('refuses a pickle that was cut off', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  for (const pickle of (await credentialPickles(python)).values()) {
    const error = await refused(t, pickle.slice(0, -20));
    assert.match(error.message, /The pickle cannot be read as data/);
  }
});

test('refuses a token of other scopes', async (t) => {
  const scopes = ['https://www.googleapis.com/auth/drive.readonly'];
  const error = await refused(t, JSON.stringify({ ...tokenJSON, scopes }));
  assert.equal(error.reason, 'ScopeMissing');
});

test('accepts a token with more scopes than are needed', async (t) => {
  const scopes = ['https://www.googleapis.com/auth/gmail.send', 'https://www.googleapis.com/auth/drive'];
  assert.deepEqual((await imported(t, JSON.stringify({ ...tokenJSON, scopes }))).token, wanted);
});

test('a token of scope spreadsheets is taken for syncs, where they are asked for, and named after them', async (t) => {
  const scopes = ['https://www.googleapis.com/auth/spreadsheets'];
  const content = JSON.stringify({ ...tokenJSON, scopes });
  const { secret, token } = await imported(t, content, { scope: 'spreadsheets' });
  assert.deepEqual([secret.metadata.name, token], ['sheets-oauth', wanted]);
  const error = await refused(t, content);
  assert.equal(error.reason, 'ScopeMissing');
  assert.match(error.message, /opens spreadsheets and no folder: .* give --scope spreadsheets/);
});

test('for syncs a token of scope drive will do, and one of drive.file or of another scope will not', async (t) => {
  const flags = { scope: 'spreadsheets' };
  const of = (scope: string) =>
    JSON.stringify({ ...tokenJSON, scopes: [`https://www.googleapis.com/auth/${scope}`] });
  assert.equal((await imported(t, of('drive'), flags)).secret.metadata.name, 'sheets-oauth');
  for (const scope of ['drive.file', 'spreadsheets.readonly']) {
    const error = await refused(t, of(scope), flags);
    assert.equal(error.reason, 'ScopeMissing');
    assert.match(
      error.message,
      /lacks the scope spreadsheets: run `dbbackup auth login --scope spreadsheets`/,
    );
  }
  assert.match((await refused(t, of('drive'), { scope: 'gmail' })).message, /--scope must be/);
});

test('keeps the known end of a refresh token', async (t) => {
  const end = '2026-02-17T02:00:00.000Z';
  const { token } = await imported(t, JSON.stringify({ ...wanted, refresh_token_expires_at: end }));
  assert.deepEqual(token, { ...wanted, refresh_token_expires_at: end });
});

const refusals: [string, string | Uint8Array, RegExp][] = [
  [
    'a token.json without refresh token',
    JSON.stringify({ ...tokenJSON, refresh_token: null }),
    /no refresh_token/,
  ],
  ['a service-account key', JSON.stringify({ type: 'service_account' }), /Service accounts cannot own files/],
  ['the OAuth client file', JSON.stringify({ installed: { client_id: 'a' } }), /auth login --client-file/],
  ['an empty file', '', /is empty/],
  ['another text', 'hello', /not JSON/],
  ['broken JSON', '{"refresh_token": ', /not JSON/],
];
for (const [what, content, words] of refusals) {
  test(`refuses ${what}`, async (t) => {
    const error = await refused(t, content);
    assert.equal(error.reason, 'CredentialsInvalid');
    assert.match(error.message, words);
  });
}

test('says that a file is missing', async (t) => {
  const file = join(await temporaryDirectory(t), 'missing.pickle');
  await assert.rejects(authImport(file, {}, testTerminal().io), /missing\.pickle cannot be read \(ENOENT\)/);
});

test('--out writes a file that only its owner reads, also over one that others could read', async (t) => {
  const directory = await temporaryDirectory(t);
  const out = join(directory, 'secret.yaml');
  await writeFile(out, 'old', { mode: 0o644 });
  const terminal = testTerminal();
  terminal.stdin.end(JSON.stringify(tokenJSON));
  await authImport('-', { out }, terminal.io);
  assert.equal((await stat(out)).mode & 0o777, 0o600);
  assert.equal(parse(await readFile(out, 'utf8')).kind, 'Secret');
  assert.equal(terminal.stdout(), '');
  assert.match(terminal.stderr(), /kubectl apply -f/);
});

test('refuses an --out whose folder is missing before it reads the token', async () => {
  const terminal = testTerminal();
  await assert.rejects(
    authImport('-', { out: '/nonexistent/secret.yaml' }, terminal.io),
    (error) => error instanceof BackupError && error.reason === 'InvalidSpec' && /ENOENT/.test(error.message),
  );
});

for (const flags of [{ 'secret-name': 'Drive_OAuth' }, { namespace: 'a.b' }, { 'secret-name': '' }]) {
  test(`refuses ${JSON.stringify(flags)}, which Kubernetes would refuse`, async () => {
    await assert.rejects(
      authImport('-', flags, testTerminal().io),
      (error) => error instanceof BackupError && error.reason === 'InvalidSpec',
    );
  });
}
