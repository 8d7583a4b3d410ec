import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { BackupError } from '../../crds/failureReason.ts';
import { parseGoogleCredentials } from './googleCredentials.ts';

const fields = { client_id: 'CANARY-id', client_secret: 'CANARY-secret', refresh_token: 'CANARY-token' };
const expected = { clientID: 'CANARY-id', clientSecret: 'CANARY-secret', refreshToken: 'CANARY-token' };
const parse = (content: string | Uint8Array | object) =>
  parseGoogleCredentials(
    content instanceof Uint8Array
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    'Key token.json of Secret drive-oauth',
  );

const accepted: readonly [string, string | object][] = [
  ['authorized_user', { type: 'authorized_user', ...fields }],
  [
    "python's token.json",
    {
      token: 'ya29.old',
      ...fields,
      token_uri: 'https://elsewhere.example/token',
      scopes: ['https://www.googleapis.com/auth/drive.file'],
      universe_domain: 'googleapis.com',
      account: '',
      expiry: '2026-01-01T00:00:00Z',
    },
  ],
  ['white space and a byte order mark', `\uFEFF\n ${JSON.stringify(fields)}\n\n`],
];

for (const [name, content] of accepted) {
  test(`${name} is accepted`, () => assert.deepEqual(parse(content), expected));
}

test('the end of the refresh token is known where auth login wrote it down', () => {
  const at = parse({ ...fields, refresh_token_expires_at: '2026-02-17T02:00:00Z' });
  assert.deepEqual(at.refreshTokenExpiresAt, new Date('2026-02-17T02:00:00Z'));
  const spans = parse({ ...fields, refresh_token_expires_in: 604_800, obtained_at: '2026-02-10T02:00:00Z' });
  assert.deepEqual(spans.refreshTokenExpiresAt, new Date('2026-02-17T02:00:00Z'));
  assert.equal(parse({ ...fields, refresh_token_expires_at: 'soon' }).refreshTokenExpiresAt, undefined);
});

const serviceAccount = { type: 'service_account', private_key: 'CANARY', client_email: 'CANARY', ...fields };
const client = { client_id: 'CANARY', client_secret: 'CANARY', redirect_uris: ['http://localhost'] };
const refused: readonly [string, string | Uint8Array | object, RegExp][] = [
  ['an empty file', '', /is empty/],
  ['white space', ' \n ', /is empty/],
  ['a service-account key', serviceAccount, /Service accounts cannot own files in a personal Drive/],
  ['the OAuth client file of a desktop app', { installed: client }, /--client-file/],
  ['the OAuth client file of a web app', { web: client }, /--client-file/],
  ['a pickle of protocol 4', Buffer.from([0x80, 4, 0x95, 1, 2, 3]), /pickle.*auth import/],
  ['a pickle of protocol 0', 'ccopy_reg\n_reconstructor\np0\nCANARY', /pickle/],
  ['a PEM key', '-----BEGIN PRIVATE KEY-----\nCANARY\n', /PEM/],
  ['JSON in base64', Buffer.from(JSON.stringify(fields)).toString('base64'), /base64/],
  [
    'JSON in base64 with line breaks',
    Buffer.from(JSON.stringify(fields, null, 2)).toString('base64'),
    /base64/,
  ],
  ['YAML', 'client_id: CANARY\n', /is not JSON/],
  ['broken JSON', '{"client_id": "CANARY", ', /is not JSON/],
  ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x01]), /is not JSON/],
  ['a list', [fields], /not an object/],
  ['a text', '"CANARY"', /not an object/],
  ['null', 'null', /not an object/],
  ['another type', { ...fields, type: 'external_account' }, /other than authorized_user/],
  ['no refresh token', { ...fields, refresh_token: undefined }, /third-party access/],
  ['refresh token null', { ...fields, refresh_token: null }, /third-party access/],
  ['an empty refresh token', { ...fields, refresh_token: '' }, /third-party access/],
  ['no client ID', { ...fields, client_id: undefined }, /has no client_id/],
  ['a number as secret', { ...fields, client_secret: 7 }, /has no client_secret/],
  [
    'inherited fields only',
    '{"__proto__":{"client_id":"a","client_secret":"b","refresh_token":"c"}}',
    /refresh_token/,
  ],
];

for (const [name, content, words] of refused) {
  test(`${name} is refused with its own sentence`, () => {
    assert.throws(
      () => parse(content),
      (error) => {
        assert.ok(error instanceof BackupError);
        assert.equal(error.reason, 'CredentialsInvalid');
        assert.match(error.message, words);
        assert.match(error.message, /^Key token\.json of Secret drive-oauth /);
        assert.ok(!inspect(error, { depth: 9 }).includes('CANARY'), 'a value is in the error');
        return true;
      },
    );
  });
}
