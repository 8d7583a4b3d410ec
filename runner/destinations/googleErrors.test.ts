import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { answerError, FileMissing, networkError, retryAfterMs, tokenError } from './googleErrors.ts';
import { NetworkError } from './httpTransport.ts';
import { TransientError } from './retry.ts';

const now = new Date('2026-02-10T02:00:00Z');

/** Google's v3 error JSON, with words that must not show up. */
function drive(status: number, reason?: string, more: object = {}) {
  const errors = reason ? [{ domain: 'global', reason, message: 'CANARY' }] : [];
  const body = JSON.stringify({ error: { code: status, message: 'CANARY', errors, ...more } });
  return { status, headers: {}, body: Buffer.from(body) };
}

function oauth(status: number, error: string) {
  return { status, headers: {}, body: Buffer.from(JSON.stringify({ error, error_description: 'CANARY' })) };
}

const again = true;
const details = (reason: string) => ({
  details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
});
const driveTable: readonly [ReturnType<typeof drive>, FailureReason, boolean?][] = [
  [drive(429), 'RateLimited', again],
  [drive(429, 'rateLimitExceeded'), 'RateLimited', again],
  [drive(403, 'rateLimitExceeded'), 'RateLimited', again],
  [drive(403, 'userRateLimitExceeded'), 'RateLimited', again],
  [drive(403, 'dailyLimitExceeded'), 'RateLimited'],
  [drive(403, 'storageQuotaExceeded'), 'QuotaExceeded'],
  [drive(403, 'accessNotConfigured'), 'DriveApiDisabled'],
  [drive(403, 'forbidden', details('SERVICE_DISABLED')), 'DriveApiDisabled'],
  [drive(403, 'insufficientPermissions', details('ACCESS_TOKEN_SCOPE_INSUFFICIENT')), 'ScopeMissing'],
  [drive(403, 'insufficientPermissions'), 'ScopeMissing'],
  [drive(403, 'insufficientFilePermissions'), 'FolderNotFound'],
  [drive(403, 'appNotAuthorizedToFile'), 'FolderNotFound'],
  [drive(403, 'parentNotAFolder'), 'NotAFolder'],
  [drive(403, 'quotaExceeded'), 'QuotaExceeded'],
  [drive(403, 'domainPolicy'), 'UploadFailed'],
  [drive(403), 'UploadFailed'],
  [drive(404, 'notFound'), 'FolderNotFound'],
  [drive(401, 'authError'), 'TokenExpired'],
  [drive(400, 'invalid'), 'UploadFailed'],
  [drive(408), 'UploadFailed', again],
  [drive(500, 'internalError'), 'UploadFailed', again],
  [drive(502), 'UploadFailed', again],
  [drive(503, 'backendError'), 'UploadFailed', again],
  [drive(504), 'UploadFailed', again],
  [drive(301), 'UploadFailed'],
  [{ status: 502, headers: {}, body: Buffer.from('<html>CANARY</html>') }, 'UploadFailed', again],
  [{ status: 403, headers: {}, body: Buffer.from('[1,"CANARY"]') }, 'UploadFailed'],
  [
    { status: 403, headers: {}, body: Buffer.from('{"error":{"errors":"CANARY","details":7}}') },
    'UploadFailed',
  ],
];

test('a missing scope is that of the service', () => {
  const answer = drive(403, 'insufficientPermissions');
  const attempt = { what: 'list the folder' };
  assert.match(answerError(answer, attempt, now).message, /the token lacks the scope drive\.file: /);
  const service = { name: 'Google Sheets', scope: 'spreadsheets', refused: () => undefined };
  assert.match(
    answerError(answer, { ...attempt, service }, now).message,
    /^Google Sheets could not list the folder: the token lacks the scope spreadsheets: .*--scope spreadsheets/,
  );
});

for (const [answer, reason, transient = false] of driveTable) {
  const code = /"reason":"(\w+)"/.exec(answer.body.toString())?.[1] ?? '';
  test(`Drive's ${answer.status} ${code} is ${reason}${transient ? ', worth another try' : ''}`, () => {
    check(answerError(answer, { what: 'list the folder' }, now), reason, transient);
  });
}

const tokenTable: readonly [ReturnType<typeof oauth>, FailureReason, boolean?][] = [
  [oauth(400, 'invalid_grant'), 'TokenExpired'],
  [oauth(401, 'invalid_client'), 'ClientInvalid'],
  [oauth(401, 'unauthorized_client'), 'ClientInvalid'],
  [oauth(401, 'deleted_client'), 'ClientInvalid'],
  [oauth(400, 'invalid_scope'), 'ScopeMissing'],
  [oauth(429, 'rate_limit_exceeded'), 'RateLimited', again],
  [oauth(500, 'internal_failure'), 'UploadFailed', again],
  [oauth(400, 'temporarily_unavailable'), 'UploadFailed', again],
  [oauth(400, 'something new'), 'TokenExpired'],
  [{ status: 503, headers: {}, body: Buffer.from('CANARY') }, 'UploadFailed', again],
];

for (const [answer, reason, transient = false] of tokenTable) {
  test(`the token endpoint's ${answer.status} ${answer.body} is ${reason}`, () => {
    check(tokenError(answer, now), reason, transient);
  });
}

const codes: readonly [string, boolean, RegExp][] = [
  ['ECONNREFUSED', again, /no answer from example\.com \(ECONNREFUSED\)/],
  ['ENOTFOUND', again, /ENOTFOUND/],
  ['ETIMEDOUT', again, /ETIMEDOUT/],
  ['ECONNRESET', again, /ECONNRESET/],
  ['ERR_PROXY_TUNNEL', again, /HTTPS_PROXY/],
  ['SELF_SIGNED_CERT_IN_CHAIN', false, /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, /NODE_EXTRA_CA_CERTS/],
  ['CERT_HAS_EXPIRED', false, /certificate/],
];

for (const [code, transient, words] of codes) {
  test(`${code} is UploadFailed${transient ? ', worth another try' : ''}`, () => {
    const error = networkError(new NetworkError(code, new Error('CANARY')), 'example.com', { what: 'x' });
    check(error, 'UploadFailed', transient);
    assert.match((error as Error).message, words);
  });
}

test('what is no failure of the network stays what it is', () => {
  const bug = new TypeError('a bug');
  assert.equal(networkError(bug, 'example.com', { what: 'x' }), bug);
});

test('a 404 tells a missing file from a missing folder', () => {
  const file = answerError(drive(404, 'notFound'), { what: 'look at a file' }, now);
  assert.ok(file instanceof FileMissing);
  const folder = answerError(drive(404, 'notFound'), { what: 'list the folder', ofFolder: true }, now);
  assert.ok(!(folder instanceof FileMissing));
  assert.match(
    folder.message,
    /wrong ID or account, in the bin, or made by hand while the token has scope drive\.file/,
  );
});

test('Retry-After is read as seconds and as a date', () => {
  assert.equal(retryAfterMs(undefined, now), undefined);
  assert.equal(retryAfterMs('7', now), 7000);
  assert.equal(retryAfterMs('Tue, 10 Feb 2026 02:00:30 GMT', now), 30_000);
  assert.equal(retryAfterMs('Tue, 10 Feb 2026 01:00:00 GMT', now), 0);
  assert.equal(retryAfterMs('soon', now), undefined);
  const error = answerError({ ...drive(429), headers: { 'retry-after': '3' } }, { what: 'x' }, now);
  assert.equal(error instanceof TransientError && error.afterMs, 3000);
});

function check(error: unknown, reason: FailureReason, transient: boolean): void {
  assert.equal(error instanceof TransientError, transient);
  const named = error instanceof TransientError ? error.error : error;
  assert.ok(named instanceof BackupError);
  assert.equal(named.reason, reason);
  assert.ok(!`${named.message}${named.stack}${named.cause}`.includes('CANARY'), named.message);
}
