import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { startFakeGoogle } from '../sandbox/google/fakeGoogle.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { login } from './auth/testLogin.ts';
import { dbbackup } from './testCommand.ts';

const sql = 'CREATE TABLE orders AS SELECT n AS id, n * 2.5 AS amount FROM generate_series(1, 20) n; ANALYZE';
const credentialsSecretRef = { name: 'sheets-oauth' };

/** A database, and a spreadsheet that a person made; gives `dbbackup COMMAND` with the Secret that a login printed. */
async function loggedIn(t: TestContext, scope: string) {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t) });
  t.after(() => google.stop());
  const uri = await testDatabase(t, sql);
  const spreadsheetID = google.createSpreadsheet('By hand', { byUser: true });
  const { stdout } = await login(google, { scope, 'secret-name': credentialsSecretRef.name });
  const database = {
    apiVersion: 'v1',
    kind: 'Secret',
    ...{ metadata: { name: 'shop-db' }, stringData: { uri } },
  };
  const command = async (name: string, kind: string, spec: object) => {
    const file = join(await temporaryDirectory(t), 'all.yaml');
    const resource = {
      apiVersion: 'dbbackup.dev/v1alpha1',
      ...{ kind, metadata: { name: 'shop', namespace: 'shop' } },
      spec: { database: { secretRef: { name: 'shop-db' } }, ...spec },
    };
    await writeFile(file, [stringify(resource), stringify(database), stdout].join('---\n'));
    return dbbackup([name, '-f', file], { env: { DBBACKUP_GOOGLE_URL: google.url } });
  };
  const sync = (name: string) =>
    command(name, 'SheetSync', {
      spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef } },
      sheets: [{ name: 'Orders', table: 'public.orders' }],
    });
  const backup = (name: string) =>
    command(name, 'DatabaseBackup', {
      formats: ['csv'],
      destination: { googleDrive: { folderID: google.folderID, credentialsSecretRef } },
    });
  return { google, spreadsheetID, sync, backup };
}

test('what `auth login --scope spreadsheets` prints lets a sync write into a spreadsheet made by hand, and no backup be made', async (t) => {
  const { google, spreadsheetID, sync, backup } = await loggedIn(t, 'spreadsheets');
  const checked = await sync('check');
  assert.equal(checked.status, 0, checked.stdout);
  const synced = await sync('sync');
  assert.equal(synced.status, 0, synced.stdout + synced.stderr);
  const tab = google.sheets(spreadsheetID).find(({ title }) => title === 'Orders');
  assert.equal(tab?.values.length, 21);
  const files = google.files();
  const run = await backup('run');
  assert.equal(run.status, 2);
  assert.match(run.stdout, /ScopeMissing/);
  assert.match(run.stdout, /The token lacks the scope drive\.file: run `dbbackup auth login` and leave/);
  assert.match(run.stdout, /What to do: .*for backups and restores scope drive\.file or drive, for a sync/);
  assert.deepEqual(google.files(), files);
  assert.deepEqual(google.bugs, []);
});

test('a sync with the token of a backup is told which login it needs', async (t) => {
  const { google, sync } = await loggedIn(t, 'drive.file');
  const { status, stdout } = await sync('check');
  assert.equal(status, 2);
  assert.match(stdout, /✗ spreadsheet: .*\n +SpreadsheetNotFound: .*log in with --scope spreadsheets/);
  assert.deepEqual(google.bugs, []);
});
