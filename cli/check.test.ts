import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { testBackup, testDriveBackup } from './testBackup.ts';
import { dbbackup, withPgDump } from './testCommand.ts';

/** `✓ folder`, `✗ database`, `– write` …: what each line of the output begins with. */
const marks = (stdout: string) =>
  [...stdout.matchAll(/^([✓✗⚠–]) ([^:]+):/gmu)].map(([, mark, name]) => `${mark} ${name}`);

const email = (port: number) => ({
  email: { to: ['ops@example.com'], smtp: { host: '127.0.0.1', port, tls: 'Off' } },
});

test('check tries everything that a backup needs, sends no mail and leaves no file', async (t) => {
  if (!withPgDump(t)) return;
  await using mailbox = await startMailbox();
  const spec = { formats: ['csv', 'sql'], notification: email(mailbox.port) };
  const backup = await testDriveBackup(t, spec);
  const { status, stdout, stderr } = await backup.command(['check']);
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(marks(stdout), [
    ...['✓ spec', '✓ secrets', '✓ database', '✓ same server', '✓ pg_dump', '✓ tables'],
    ...['✓ google login', '✓ folder', '✓ write', '✓ room', '✓ clock', '✓ email'],
  ]);
  assert.match(stdout, /2 Secrets found: shop-db, drive-oauth/);
  assert.match(stdout, /PostgreSQL \d+\.\d+, .* not encrypted/);
  assert.match(stdout, /3 tables selected, all readable, about 290 rows/);
  assert.equal(mailbox.messages().length, 0);
  assert.deepEqual(
    backup.google.files().filter(({ mimeType }) => mimeType === 'text/plain'),
    [],
  );
});

test('check as JSON has the same lines for programs', async (t) => {
  const backup = await testBackup(t, { database: { secretRef: { name: 'shop-db' }, port: 1 } });
  const { status, stdout } = await backup.command(['check', '-o', 'json']);
  assert.equal(status, 1);
  const { checks } = JSON.parse(stdout);
  const database = checks.find(({ name }: { name: string }) => name === 'database');
  assert.equal(database.ok, false);
  assert.equal(database.reason, 'DatabaseUnreachable');
  assert.match(database.hint, /Check host, port/);
  const tables = checks.find(({ name }: { name: string }) => name === 'tables');
  assert.deepEqual(tables, {
    name: 'tables',
    ok: false,
    notChecked: true,
    message: 'not checked: it needs the connection',
  });
  assert.ok(checks.some(({ name, ok }: { name: string; ok: boolean }) => name === 'write' && ok));
});

test('a wrong password is told with what to do, and the folder is tried all the same', async (t) => {
  const backup = await testBackup(t);
  const uri = new URL(backup.uri);
  uri.password = 'canary-password';
  backup.secrets['shop-db'] = { uri: uri.href };
  await backup.write();
  const { status, stdout, stderr } = await backup.command(['check']);
  assert.equal(status, 2);
  assert.deepEqual(marks(stdout), [
    ...['✓ spec', '✓ secrets', '✗ database', '– same server', '– pg_dump', '– tables'],
    ...['✓ folder', '✓ write', '✓ room', '✓ clock', '⚠ email'],
  ]);
  assert.match(stdout, /✗ database: PostgreSQL refused .*\n {4}DatabaseAuthFailed: Check user and password/);
  assert.ok(!(stdout + stderr).includes('canary-password'));
});

test('every missing Secret and key is named, and only what needs it is not tried', async (t) => {
  const backup = await testDriveBackup(t, {
    database: { secretRef: { name: 'shop-db' }, caSecretRef: { name: 'shop-ca' } },
  });
  backup.secrets['drive-oauth'] = { 'other.json': '{}' };
  await backup.write();
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 2);
  assert.match(stdout, /✗ secrets: Secret shop-ca does not exist\.\n {4}SecretNotFound: /);
  assert.match(stdout, /✗ secrets: Secret drive-oauth has no key token\.json; its keys: other\.json/);
  assert.deepEqual(marks(stdout), [
    ...['✓ spec', '✗ secrets', '✗ secrets', '– database', '– destination', '⚠ email'],
  ]);
});

test('a dead refresh token is no matter of the folder', async (t) => {
  const backup = await testDriveBackup(t);
  backup.google.revokeRefreshTokens();
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 2);
  assert.deepEqual(marks(stdout).slice(-6), [
    ...['✗ google login', '– folder', '– write', '– room', '– clock', '⚠ email'],
  ]);
  assert.match(stdout, /\n {4}TokenExpired: Run `dbbackup auth login` again/);
});

test('a wrong folder ID and a file for a folder are told apart from the login', async (t) => {
  const backup = await testDriveBackup(t, { formats: ['json'] });
  await backup.run();
  const file = backup.google.files().find(({ name }) => name.endsWith('.json'))?.id;
  for (const [folderID, reason] of [
    ['1AbCdEfGhIjKlMnOpQrStUv', 'FolderNotFound'],
    [file, 'NotAFolder'],
  ]) {
    await backup.write({
      destination: { googleDrive: { folderID, credentialsSecretRef: { name: 'drive-oauth' } } },
    });
    const { status, stdout } = await backup.command(['check']);
    assert.equal(status, 2);
    assert.deepEqual(marks(stdout).slice(-6, -1), [
      ...['✓ google login', '✗ folder', '– write', '– room', '– clock'],
    ]);
    assert.match(stdout, new RegExp(`\\n {4}${reason}: `));
  }
});

test('days left of the token, an ending one and clocks that differ are told', async (t) => {
  const backup = await testDriveBackup(t, {}, { now: () => new Date(Date.now() - 3_600_000) });
  for (const [days, warned] of [
    [100, false],
    [5, true],
  ] as const) {
    const expires = new Date(Date.now() - 3_600_000 + (days + 0.5) * 86_400_000);
    const credentials = backup.google.issueCredentials({ expires });
    backup.secrets['drive-oauth'] = { 'token.json': JSON.stringify(credentials) };
    await backup.write();
    const { status, stdout } = await backup.command(['check']);
    assert.equal(status, 0, stdout);
    assert.match(stdout, new RegExp(`✓ google login: .* has ${days} days left`));
    assert.equal(/⚠ google login: The refresh token expires in 5 days/.test(stdout), warned);
    assert.match(stdout, /⚠ clock: While the clocks .* differ by (59|60) minutes, no old set is removed/);
  }
});

test('room is compared with the last set, and before the first one with the database', async (t) => {
  const backup = await testDriveBackup(t, { formats: ['json'] });
  const { account } = backup.google;
  const limit = 15 * 1024 ** 3;
  account.storageLimit = limit;
  account.usedElsewhere = limit - 100_000;
  const first = await backup.command(['check']);
  assert.equal(first.status, 0, first.stdout);
  assert.match(first.stdout, /⚠ room: There is no set to compare with, and the database has .* may not fit/);
  await backup.run();
  account.usedElsewhere = limit - 25_000;
  const full = await backup.command(['check']);
  assert.equal(full.status, 2, full.stdout);
  assert.match(full.stdout, /✗ room: There is no room for a backup.*\n {4}QuotaExceeded: /);
});

test('a mail server that is down fails the check, and says that backups work without it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const backup = await testBackup(t, { notification: email(port) });
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /✗ email: .*\n {4}MailFailed: Check .* The run itself does not depend on it/);
});

test('a missing pg_dump fails the check only where sql is wanted', async (t) => {
  const env = { DBBACKUP_PG_DUMP: '/nonexistent/pg_dump' };
  const backup = await testBackup(t);
  const without = await backup.command(['check'], { env });
  assert.equal(without.status, 0);
  assert.match(without.stdout, /⚠ pg_dump: The set has no \.schema\.sql: There is no pg_dump program/);
  await backup.write({ formats: ['sql'] });
  const wanted = await backup.command(['check'], { env });
  assert.equal(wanted.status, 2);
  assert.match(wanted.stdout, /✗ pg_dump: .*\n {4}PgDumpMissing: /);
  assert.ok(marks(wanted.stdout).includes('✓ tables'));
});

test('tables that nobody selects, may read or sees whole are found before the first backup', async (t) => {
  await using server = await startPostgres();
  const uri = await server.createDatabase();
  await server.query(
    `CREATE TABLE secret (id int); CREATE TABLE open (id int); CREATE TABLE hidden (id int);
     ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
     CREATE ROLE reader LOGIN PASSWORD 'reader-password'; GRANT SELECT ON open, hidden TO reader;`,
    uri,
  );
  const asReader = new URL(uri);
  asReader.username = 'reader';
  asReader.password = 'reader-password';
  const backup = await testBackup(t);
  backup.secrets['shop-db'] = { uri: asReader.href };
  for (const [include, sentence, reason] of [
    ['public.secret', /The role may not read public\.secret/, 'TablePermissionDenied'],
    [
      'public.hidden',
      /Row-level security hides rows from the role in public\.hidden/,
      'TablePermissionDenied',
    ],
    ['shop.*', /No table of the database matches include shop\.\*/, 'NoTablesMatch'],
  ] as const) {
    await backup.write({ database: { secretRef: { name: 'shop-db' }, tables: { include: [include] } } });
    const { status, stdout } = await backup.command(['check']);
    assert.equal(status, 2, stdout);
    assert.match(stdout, sentence);
    assert.match(stdout, new RegExp(`✗ tables: .*\\n {4}${reason}: `));
  }
  await backup.write({ database: { secretRef: { name: 'shop-db' }, tables: { include: ['public.open'] } } });
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /✓ tables: 1 table selected, all readable/);
});

test('a misspelt field is the only failure, and nothing else is tried', async (t) => {
  const backup = await testBackup(t, { formts: ['csv'] });
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 2);
  assert.match(stdout, /✗ spec: .*:\d+:\d+: spec\.formts is not a field; did you mean formats\?/);
  assert.deepEqual(marks(stdout), ['✗ spec', '– secrets', '– database', '– destination', '– email']);
});

test('Secrets come from a folder too, and a credential of the wrong kind is named', async (t) => {
  const folder = await temporaryDirectory(t);
  const backup = await testDriveBackup(t);
  backup.secrets['drive-oauth'] = { 'token.json': '{"type":"service_account","private_key":"canary"}' };
  await backup.write();
  const { status, stdout } = await backup.command(['check']);
  assert.equal(status, 2);
  assert.match(stdout, /✗ google login: .* is a service-account key.*\n {4}CredentialsInvalid: /);
  assert.ok(!stdout.includes('canary'));
  const missing = await dbbackup(['check', '-f', backup.file, '--secrets', folder]);
  assert.match(missing.stdout, /✗ secrets: Secret shop-db does not exist/);
  await writeFile(join(folder, 'shop-db'), 'a file, not a folder');
  await appendFile(join(folder, 'drive-oauth'), '');
  const files = await dbbackup(['check', '-f', backup.file, '--secrets', folder]);
  assert.equal(files.status, 2);
});
