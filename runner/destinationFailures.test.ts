import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import type { FailureReason } from '../crds/failureReason.ts';
import type { AddedFault, Fault } from '../sandbox/google/faults.ts';
import { driveWith } from '../sandbox/google/testDrive.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { testPostgres } from '../sandbox/testing.ts';
import { assertFails, backups, hurriedClock } from './failureFixture.ts';

const shop = `CREATE TABLE items (id int PRIMARY KEY, name text);
  INSERT INTO items SELECT i, md5(i::text) FROM generate_series(1, 1000) i`;

/** A world whose runs never wait for long. */
async function hurriedWorld(t: TestContext): Promise<RunWorld> {
  const world = await runWorld(t, shop);
  world.clock = hurriedClock();
  // The schema file has tests elsewhere; pg_dump would take most of the time.
  world.environment.DBBACKUP_PG_DUMP = '/nowhere/pg_dump';
  return world;
}

const drive = (folderID: string, name = 'drive-oauth', key = 'token.json') => ({
  destination: { googleDrive: { folderID, credentialsSecretRef: { name, key } } },
});

/** Writes other credentials into the Secret. */
function credentials(world: RunWorld, content: string): void {
  world.secrets['drive-oauth'] = { 'token.json': content };
}

const change = (world: RunWorld, fields: object) =>
  credentials(world, JSON.stringify({ ...world.google.credentials, ...fields }));

/** The same as the user would do it in a browser. */
const asUser = ({ google }: RunWorld) => driveWith(google, google.issueAccessToken({ scope: 'drive' }));

interface Case {
  readonly name: string;
  readonly reason: FailureReason;
  readonly message: RegExp;
  readonly spoil?: (world: RunWorld) => unknown;
  readonly spec?: (world: RunWorld) => Partial<BackupSpecInput>;
}

const cases: Case[] = [
  {
    name: 'a Secret that is missing',
    reason: 'SecretNotFound',
    message: /^Secret none does not exist\.$/,
    spec: ({ google }) => drive(google.folderID, 'none'),
  },
  {
    name: 'a key that is missing',
    reason: 'SecretNotFound',
    message: /^Secret drive-oauth has no key other\.json; its keys: token\.json\.$/,
    spec: ({ google }) => drive(google.folderID, 'drive-oauth', 'other.json'),
  },
  {
    name: 'a service-account key',
    reason: 'CredentialsInvalid',
    message: /^key token\.json of Secret drive-oauth is a service-account key\./,
    spoil: (world) =>
      credentials(
        world,
        JSON.stringify({ type: 'service_account', private_key: 'KEY', client_email: 'x@y' }),
      ),
  },
  {
    name: 'a pickle where JSON is wanted',
    reason: 'CredentialsInvalid',
    message: /is a Python pickle, .* `dbbackup auth import token\.pickle`\.$/,
    spoil: (world) =>
      credentials(world, "cgoogle.oauth2.credentials\nCredentials\np0\n(S'1//0canary-token'\n."),
  },
  {
    name: 'credentials that are no JSON',
    reason: 'CredentialsInvalid',
    message: /is not JSON/,
    spoil: (world) => credentials(world, '{"refresh_token": "1//0canary-token-of-nobody'),
  },
  {
    name: 'a dead refresh token',
    reason: 'TokenExpired',
    message: /^Google rejected the refresh token.*invalid_grant\)\.$/,
    spoil: ({ google }) => google.revokeRefreshTokens(),
  },
  {
    name: 'a client secret that is wrong',
    reason: 'ClientInvalid',
    message: /invalid_client/,
    spoil: (world) => change(world, { client_secret: 'GOCSPX-wrong-secret-of-nobody' }),
  },
  {
    name: 'an OAuth client that does not exist',
    reason: 'ClientInvalid',
    message: /invalid_client|deleted_client/,
    spoil: (world) => change(world, { client_id: '1-none.apps.googleusercontent.com' }),
  },
  {
    name: 'a token without the scope',
    reason: 'ScopeMissing',
    message: /the token lacks the scope drive\.file/i,
    spoil: (world) => {
      const issued = world.google.issueCredentials({ scope: 'spreadsheets' });
      credentials(world, JSON.stringify(issued));
    },
  },
  {
    name: 'a folder ID that does not exist',
    reason: 'FolderNotFound',
    message: /^The folder was not found for this account/,
    spec: () => drive('1NoSuchFolderAnywhere0000000000000'),
  },
  {
    name: 'a folder made by hand, out of sight under drive.file',
    reason: 'FolderNotFound',
    message: /made by hand while the token has scope drive\.file/,
    spec: ({ google }) => drive(google.createFolder('By hand', { byUser: true })),
  },
  {
    name: 'a folder of another app',
    reason: 'FolderNotFound',
    message: /^The folder was not found for this account/,
    spec: ({ google }) => drive(google.createFolder('Other', { client: google.createClient() })),
  },
  {
    name: 'the Drive API switched off',
    reason: 'DriveApiDisabled',
    message: /^The Google Drive API is off/,
    spoil: ({ google }) => google.disableApi(),
  },
  {
    name: 'a Drive without room for as much as last time, seen before any byte is uploaded',
    reason: 'QuotaExceeded',
    message:
      /^There is no room for a backup: .* are free, and the last set had .* Nothing old was deleted\.$/,
    spoil: ({ google }) => {
      google.account.usedElsewhere = google.account.storageLimit ?? 0;
    },
  },
  {
    name: 'a Drive that is full when the upload begins',
    reason: 'QuotaExceeded',
    message: /^The Drive is full: .*\. Nothing old was deleted\.$/,
    spoil: async (world) => {
      await grow(world);
      // Twice the last set passes the look before, but not the upload.
      room(world, 200_000);
    },
  },
];

/** Makes the table many times as large as in the good sets. */
async function grow({ uri }: RunWorld): Promise<void> {
  const server = await testPostgres();
  await server.query(
    'INSERT INTO items SELECT i, repeat(md5(i::text), 10) FROM generate_series(1001, 40000) i',
    uri,
  );
}

/** Leaves so many bytes free. */
function room({ google }: RunWorld, bytes: number): void {
  const stored = google.files().reduce((sum, { content }) => sum + (content?.size ?? 0), 0);
  google.account.usedElsewhere = (google.account.storageLimit ?? 0) - stored - bytes;
}

for (const { name, reason, message, spoil, spec } of cases) {
  test(`${name} is ${reason}`, async (t) => {
    const world = await hurriedWorld(t);
    let uploads = -1;
    await assertFails(world, backups(world, spec?.(world), { formats: ['csv'] }), {
      reason,
      message,
      spoil: async () => {
        await spoil?.(world);
        uploads = uploadsOf(world);
      },
    });
    if (!name.includes('when the upload begins')) assert.equal(uploadsOf(world), uploads);
  });
}

test("a file's ID where the folder's belongs is NotAFolder", async (t) => {
  const world = await hurriedWorld(t);
  const { json } = await asUser(world).upload({ name: 'picture.png' }, 'x');
  world.google.pickFile(json.id);
  await assertFails(world, backups(world, drive(json.id), { formats: ['csv'] }), {
    reason: 'NotAFolder',
    message: /^The folder ID belongs to a file/,
  });
});

test('a folder in the bin is FolderNotFound', async (t) => {
  const world = await hurriedWorld(t);
  const folder = world.google.createFolder('Old backups');
  const { status } = await asUser(world).request('PATCH', `/drive/v3/files/${folder}`, {
    body: { trashed: true },
  });
  assert.equal(status, 200);
  await assertFails(world, backups(world, drive(folder), { formats: ['csv'] }), {
    reason: 'FolderNotFound',
    message: /^The folder is in the bin of the Drive/,
  });
});

const always = 1_000_000;
const faults: { name: string; reason: FailureReason; message: RegExp; fault: Fault }[] = [
  ...(['wrongChecksum', 'wrongSize'] as const).map((effect) => ({
    name: `a file that Drive holds with the ${effect}`,
    reason: 'ChecksumMismatch' as const,
    message: /\.json/,
    fault: { operation: 'create' as const, effect, name: /\.json$/ },
  })),
  {
    name: 'a manifest that Drive holds with the wrong checksum',
    reason: 'ChecksumMismatch',
    message: /manifest\.json/,
    fault: { operation: 'create', effect: 'wrongChecksum', name: /manifest\.json$/ },
  },
  {
    name: 'a Drive that runs full in the middle of an upload',
    reason: 'QuotaExceeded',
    message: /^The Drive is full: .*\. Nothing old was deleted\.$/,
    fault: {
      ...{ operation: 'uploadChunk', name: /\.json$/, count: always, effect: 'error', status: 403 },
      ...{ reason: 'storageQuotaExceeded', afterBytes: 10_000 },
    },
  },
  ...[
    { status: 429, reason: 'rateLimitExceeded', retryAfter: 30 },
    { status: 403, reason: 'userRateLimitExceeded' },
  ].flatMap((error) =>
    (['get', 'uploadStart', 'uploadChunk'] as const).map((operation) => ({
      name: `rate limits of ${operation} that do not end (${error.status})`,
      reason: 'RateLimited' as const,
      message: /too many requests \(HTTP (429|403)/,
      fault: { operation, count: always, effect: 'error' as const, ...error },
    })),
  ),
  {
    name: 'a limit of the day',
    reason: 'RateLimited',
    message: /the limit of the day is used up/,
    fault: {
      operation: 'uploadStart',
      count: always,
      effect: 'error',
      status: 403,
      reason: 'dailyLimitExceeded',
    },
  },
  {
    name: 'a Google that keeps failing',
    reason: 'UploadFailed',
    message: /Google has a problem \(HTTP 503/,
    fault: { operation: 'uploadChunk', count: always, effect: 'error', status: 503 },
  },
  {
    name: 'an OAuth service that keeps failing',
    reason: 'UploadFailed',
    message: /^Google gave no access token/,
    fault: { operation: 'tokenRefresh', count: always, effect: 'error', status: 500 },
  },
  {
    name: 'an upload session that is gone once its bytes are',
    reason: 'UploadFailed',
    message: /session/,
    fault: { operation: 'uploadChunk', nth: 3, count: always, effect: 'sessionGone', status: 410 },
  },
];

for (const { name, reason, message, fault } of faults) {
  test(`${name} is ${reason}`, async (t) => {
    const world = await hurriedWorld(t);
    let added: AddedFault | undefined;
    await assertFails(world, backups(world, {}, { formats: ['csv', 'json'] }), {
      reason,
      message,
      spoil: async () => {
        if (name.includes('session')) await makeLarge(world);
        added = world.google.faults.add(fault);
      },
    });
    assert.ok((added?.hits ?? 0) > 0, 'the fault never struck');
  });
}

// Three chunks of 8 MiB at least.
async function makeLarge({ uri }: RunWorld): Promise<void> {
  const server = await testPostgres();
  await server.query(
    'INSERT INTO items SELECT i, repeat(md5(i::text), 31) FROM generate_series(1001, 40000) i',
    uri,
  );
}

test('a Google that nobody can reach is UploadFailed', async (t) => {
  const world = await hurriedWorld(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await assertFails(world, backups(world, {}, { formats: ['csv'] }), {
    reason: 'UploadFailed',
    message: /no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED\)|no answer from 127\.0\.0\.1 \(ECONNREFUSED\)/,
    spoil: () => {
      world.environment.DBBACKUP_GOOGLE_URL = `http://127.0.0.1:${port}`;
    },
  });
});

test('a file that somebody removes while the set is written fails it, and the rest goes too', async (t) => {
  const world = await hurriedWorld(t);
  let missing: AddedFault | undefined;
  await assertFails(world, backups(world, {}, { formats: ['csv', 'json'] }), {
    reason: 'UploadFailed',
    message: /\.json was removed or changed at the destination while the set was written\.$/,
    spoil: () => {
      // The folder, each file when it is stored, and the first of the last looks: the second of those misses it.
      missing = world.google.faults.add({
        operation: 'get',
        name: /\.json$/,
        nth: 2,
        effect: 'error',
        status: 404,
      });
    },
  });
  assert.equal(missing?.hits, 1);
});

function uploadsOf({ google }: RunWorld): number {
  return google.requests.filter(({ operation }) => operation === 'uploadStart' || operation === 'create')
    .length;
}
