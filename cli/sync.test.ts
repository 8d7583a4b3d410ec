import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import type { SyncSpecInput } from '../crds/sheetSync.ts';
import { startFakeGoogle } from '../sandbox/google/fakeGoogle.ts';
import { startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { dbbackup } from './testCommand.ts';

const sql = 'CREATE TABLE orders AS SELECT n AS id, n * 2.5 AS amount FROM generate_series(1, 20) n; ANALYZE';

/** A spreadsheet, and `dbbackup COMMAND -f FILE` for a sync into it. */
async function testSync(t: TestContext, scope = 'drive.file') {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t) });
  t.after(() => google.stop());
  const uri = await testDatabase(t, sql);
  const token = JSON.stringify(google.issueCredentials({ scope }));
  const headers = {
    Authorization: `Bearer ${google.issueAccessToken()}`,
    'Content-Type': 'application/json',
  };
  const made = await fetch(`${google.url}/v4/spreadsheets`, { method: 'POST', headers, body: '{}' });
  const { spreadsheetId: id } = (await made.json()) as { spreadsheetId: string };
  const file = join(await temporaryDirectory(t), 'sync.yaml');
  const command = async (name: string, spec: Partial<SyncSpecInput> = {}, ...args: string[]) => {
    const sync = {
      apiVersion: 'dbbackup.dev/v1alpha1',
      kind: 'SheetSync',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        database: { secretRef: { name: 'shop-db' } },
        spreadsheet: { googleSheets: { spreadsheetID: id, credentialsSecretRef: { name: 'drive-oauth' } } },
        sheets: [{ name: 'Orders', table: 'public.orders' }],
        ...spec,
      },
    };
    const secrets = [{ 'shop-db': { uri } }, { 'drive-oauth': { 'token.json': token } }].flatMap((each) =>
      Object.entries(each).map(([name, stringData]) => ({
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData },
      })),
    );
    await writeFile(file, [sync, ...secrets].map((document) => stringify(document)).join('---\n'));
    return dbbackup([name, '-f', file, ...args], { env: { DBBACKUP_GOOGLE_URL: google.url } });
  };
  const values = async (range: string) => {
    const answer = await fetch(`${google.url}/v4/spreadsheets/${id}/values/${range}`, { headers });
    return ((await answer.json()) as { values?: unknown[][] }).values;
  };
  return { google, id, command, values };
}

test('sync writes the tabs and tells of them', async (t) => {
  const { command, values, id } = await testSync(t);
  const { status, stdout, stderr } = await command('sync');
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /✓ shop\/shop: 1 sheet, 20 rows in /);
  assert.match(stdout, /Orders +20 rows +2 columns/);
  assert.ok(stdout.includes(id));
  assert.deepEqual((await values('Orders'))?.slice(0, 2), [
    ['id', 'amount'],
    ['1', '2.5'],
  ]);
  const json = await command('sync', {}, '-o', 'json');
  assert.equal(JSON.parse(json.stdout).kind, 'SyncReport');
});

test('a sync that fails says why and what to do, with the exit status of a permanent failure', async (t) => {
  const { command } = await testSync(t);
  const { status, stdout } = await command('sync', {
    sheets: [{ name: 'Orders', query: 'SELECT * FROM odrers' }],
  });
  assert.equal(status, 2);
  assert.match(stdout, /✗ shop\/shop: InvalidQuery after /);
  assert.match(stdout, /relation "odrers" does not exist, at line 1, column 15/);
  assert.match(stdout, /What to do: Run it in psql/);
});

test('sync and check speak with the mail server that the spec names', async (t) => {
  const { command } = await testSync(t);
  await using mailbox = await startMailbox();
  const mailTo = (port: number) => ({
    notification: {
      email: {
        to: ['ops@example.com'],
        ...{ when: 'Always' as const, smtp: { host: mailbox.host, port, tls: 'Off' as const } },
      },
    },
  });
  const checked = await command('check', mailTo(mailbox.port));
  assert.equal(checked.status, 0, checked.stdout);
  assert.match(checked.stdout, /^✓ email: /m);
  assert.deepEqual(mailbox.messages(), []);
  const synced = await command('sync', mailTo(mailbox.port));
  assert.equal(synced.status, 0, synced.stdout);
  assert.match(synced.stdout, /^email: sent$/m);
  assert.deepEqual(
    mailbox.messages().map(({ subject }) => subject),
    ['✓ shop/shop sync: 20 rows in 1 tab'],
  );
  const deaf = await command('check', mailTo(1));
  assert.equal(deaf.status, 1);
  assert.match(deaf.stdout, /^✗ email: .*refused the connection.*\n +MailFailed: /m);
});

test('check of a file with neither a backup nor a sync says what it holds', async (t) => {
  const file = join(await temporaryDirectory(t), 'other.yaml');
  await writeFile(file, stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop' } }));
  const { status, stdout } = await dbbackup(['check', '-f', file]);
  assert.equal(status, 2);
  assert.match(stdout, /^✗ spec: .* holds no DatabaseBackup, but ConfigMap/m);
});

test('check tries Secrets, database, queries and spreadsheet, and writes nothing', async (t) => {
  const { command, google } = await testSync(t);
  const { status, stdout } = await command('check');
  assert.equal(status, 0, stdout);
  assert.deepEqual(
    [...stdout.matchAll(/^([✓✗⚠–]) ([^:]+):/gmu)].map(([, mark, name]) => `${mark} ${name}`),
    [...['✓ spec', '✓ secrets', '✓ database', '✓ queries', '✓ google login', '✓ spreadsheet'], '⚠ email'],
  );
  assert.match(stdout, /1 sheet can be read: Orders has 2 columns\./);
  assert.match(stdout, /has 1 tab; to be made: Orders\./);
  assert.deepEqual(
    google.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/v4/')).length,
    1,
  );
});

test('check names a query that does not parse, a tab that is not there and a token that is refused', async (t) => {
  const { command, google } = await testSync(t);
  const sheets = [{ name: 'Orders', query: 'SELECT nothing', create: false }];
  const { status, stdout } = await command('check', { sheets });
  assert.equal(status, 2);
  assert.match(stdout, /✗ queries: Sheet Orders: PostgreSQL does not take the query/);
  assert.match(stdout, /✗ spreadsheet: The spreadsheet has no tab Orders, but Sheet1\./);
  google.revokeRefreshTokens();
  const refused = await command('check');
  assert.match(refused.stdout, /✗ google login: .*\n.*TokenExpired/);
  assert.match(refused.stdout, /– spreadsheet: not checked: it needs the login/);
});

test('check says which scope a token lacks for syncs', async (t) => {
  const { command } = await testSync(t, 'drive.readonly');
  const { status, stdout } = await command('check');
  assert.equal(status, 2);
  assert.match(stdout, /✗ google login: The token lacks the scope spreadsheets: .*--scope spreadsheets/);
  assert.match(stdout, / {4}ScopeMissing: .*for a sync --scope spreadsheets/);
});
