import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { acceptGrant } from './grant.ts';
import type { GoogleScope } from './scope.ts';

const client = { id: 'id', secret: 'GOCSPX-canary' };
const now = new Date('2026-02-10T02:00:00Z');
const granted = { access_token: 'ya29.canary', refresh_token: '1//0canary', token_type: 'Bearer' };
const error = new BackupError('UploadFailed', 'not what it documents');

function grantOf(status: number, fields: Record<string, unknown>, scope: GoogleScope = 'drive.file') {
  return acceptGrant({ status, fields, error }, client, scope, now);
}

test('a scope that is not mentioned was granted in full', () => {
  const { credentials, accessToken } = grantOf(200, granted);
  assert.equal(accessToken, 'ya29.canary');
  assert.equal(credentials.refresh_token, '1//0canary');
  assert.equal(credentials.refresh_token_expires_at, undefined);
});

for (const wanted of ['drive.file', 'spreadsheets'] as const) {
  test(`the larger scope drive will do for ${wanted}`, () => {
    const scope = 'openid https://www.googleapis.com/auth/drive';
    assert.equal(grantOf(200, { ...granted, scope }, wanted).credentials.type, 'authorized_user');
  });
}

test('files of the app, and reading alone, will not do for spreadsheets', () => {
  for (const less of ['drive.file', 'spreadsheets.readonly']) {
    const scope = `https://www.googleapis.com/auth/${less}`;
    assert.throws(
      () => grantOf(200, { ...granted, scope }, 'spreadsheets'),
      /lacks the scope spreadsheets: run `dbbackup auth login --scope spreadsheets` and leave the box ticked/,
    );
  }
});

const refusals: [number, Record<string, unknown>, FailureReason, RegExp][] = [
  [
    200,
    { ...granted, scope: 'https://www.googleapis.com/auth/drive.readonly' },
    'ScopeMissing',
    /box ticked/,
  ],
  [200, { ...granted, refresh_token: undefined }, 'CredentialsInvalid', /no refresh token/],
  [200, {}, 'UploadFailed', /not what it documents/],
  [400, { error: 'invalid_grant', error_description: '4/0Acanary' }, 'CredentialsInvalid', /good once/],
  [400, { error: 'redirect_uri_mismatch' }, 'ClientInvalid', /type Desktop app/],
  [
    401,
    { error: 'invalid_client', error_description: 'Unauthorized' },
    'ClientInvalid',
    /client secret is wrong/,
  ],
  [
    401,
    { error: 'invalid_client', error_description: 'Invalid client type.' },
    'ClientInvalid',
    /wrong type/,
  ],
  [
    400,
    { error: 'invalid_request', error_description: 'client_secret is missing.' },
    'ClientInvalid',
    /is wrong/,
  ],
  [400, { error: 'invalid_scope' }, 'ScopeMissing', /does not offer the scope/],
  [403, { error: 'admin_policy_enforced' }, 'CredentialsInvalid', /HTTP 403 admin_policy_enforced/],
  [418, { error: '<b>1//0canary</b>' }, 'CredentialsInvalid', /HTTP 418\)/],
];
for (const [status, fields, reason, words] of refusals) {
  test(`${status} ${JSON.stringify(fields)} is ${reason}`, () => {
    assert.throws(
      () => grantOf(status, fields),
      (thrown) =>
        thrown instanceof BackupError &&
        thrown.reason === reason &&
        words.test(thrown.message) &&
        !thrown.message.includes('canary'),
    );
  });
}
