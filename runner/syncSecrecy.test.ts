import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { SyncNotice } from '../crds/notice.ts';
import { type SheetSync, type SyncSpecInput, sheetSync } from '../crds/sheetSync.ts';
import { syncReport } from '../crds/syncReport.ts';
import type { Fault } from '../sandbox/google/faults.ts';
import type { RunWorld } from '../sandbox/runWorld.ts';
import {
  canary,
  canaryServer,
  canaryWorld,
  lockedRelay,
  password,
  podInSecret,
  secrets,
  views,
} from './canaryFixture.ts';
import { syncInSecret } from './failureFixture.ts';
import { leaks } from './leaks.ts';
import { killedSync } from './notifiers/testdata/exampleSyncs.ts';

type Sheets = SyncSpecInput['sheets'];
const texts = { name: 'Texts', table: 'public.texts' };

/** A world full of canaries, and syncs into a spreadsheet of it that are always mailed. */
async function canarySheets(t: TestContext): Promise<{
  world: RunWorld;
  syncOf: (sheets: Sheets, notification?: SyncSpecInput['notification']) => SheetSync;
}> {
  const world = await canaryWorld(t);
  world.googleNow = () => world.clock.now();
  const { host, port } = world.mailbox;
  const spreadsheetID = world.google.createSpreadsheet('Shop');
  const smtp = { host, port, tls: 'Off' as const };
  const always = { when: 'Always' as const, to: ['ops@example.com'], smtp };
  const syncOf = (sheets: Sheets, notification: SyncSpecInput['notification'] = { email: always }) =>
    sheetSync.parse({
      ...{ apiVersion, kind: 'SheetSync', metadata: { name: 'shop', namespace: 'shop' } },
      spec: {
        database: { secretRef: { name: 'db' } },
        spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
        ...{ sheets, notification },
      },
    });
  return { world, syncOf };
}

test('a good sync says no secret and no cell', async (t) => {
  const { world, syncOf } = await canarySheets(t);
  const { report, log } = await syncInSecret(world, syncOf([texts]), secrets);
  assert.deepEqual([report.result, report.email?.result], ['Succeeded', 'Sent'], report.message ?? '');
  assert.ok(world.mailbox.messages().length > 0 && log.length > 0, 'there was nothing to search');
  // The cell that had to be cut is told of, without what is in it.
  assert.match(report.notes.join(), /Sheet Texts, column long: 1 value had more than 50,000 characters/);
});

for (const [name, query] of Object.entries(views)) {
  test(`a sync of a query that fails (${name}) says no row`, async (t) => {
    const { world, syncOf } = await canarySheets(t);
    const { report } = await syncInSecret(world, syncOf([texts, { name: 'Broken', query }]), secrets);
    assert.deepEqual([report.result, report.email?.result], ['Failed', 'Sent']);
    assert.notEqual(report.reason, 'Internal');
    assert.match(report.message ?? '', /^[^:]*(: [^:]+)?: SQLSTATE \w{5}\.$/);
    assert.deepEqual(
      report.sheets.map((sheet) => sheet.name),
      ['Texts'],
    );
  });
}

test('cells that are no header or no key are told of without what is in them', async (t) => {
  const { world, syncOf } = await canarySheets(t);
  const headless = { name: 'Headless', query: 'SELECT v FROM texts', header: false };
  const keys = { name: 'Keys', query: 'SELECT v AS id, v FROM texts' };
  const first = await syncInSecret(world, syncOf([headless, keys]), secrets);
  assert.equal(first.report.result, 'Succeeded', first.report.message ?? '');
  const query = 'SELECT 1 AS id, v FROM texts';
  for (const [name, reason] of [
    ['Headless', 'HeaderDiffers'],
    ['Keys', 'KeyInvalid'],
  ] as const) {
    const sheets: Sheets = [{ name, query, mode: 'Append', keyColumn: 'id' }];
    const { report } = await syncInSecret(world, syncOf(sheets), secrets);
    assert.deepEqual([report.reason, report.email?.result], [reason, 'Sent'], report.message ?? '');
  }
});

const faults: Fault[] = [
  { operation: 'valuesUpdate', count: 1_000, effect: 'error', status: 503 },
  { operation: 'valuesUpdate', count: 1_000, effect: 'error', status: 401 },
  { operation: 'valuesUpdate', effect: 'drop', when: 'after' },
  { operation: 'valuesUpdate', count: 1_000, effect: 'error', status: 400, reason: 'badRequest' },
  { operation: 'tokenRefresh', count: 1_000, effect: 'error', status: 400, reason: 'invalid_grant' },
];
for (const [index, fault] of faults.entries()) {
  test(`trouble with Sheets (${index + 1}: ${fault.operation}, ${fault.effect}) says no token and no cell`, async (t) => {
    const { world, syncOf } = await canarySheets(t);
    const added = world.google.faults.add(fault);
    const { report } = await syncInSecret(world, syncOf([texts]), secrets);
    assert.equal(report.email?.result, 'Sent', report.email?.message ?? '');
    assert.ok(added.hits > 0);
  });
}

for (const right of [true, false]) {
  test(`the pods of a sync, its check and its notice with ${right ? 'the right' : 'a wrong'} password of the relay say neither secret nor cell`, async (t) => {
    const { world, syncOf } = await canarySheets(t);
    const { notification, mails } = await lockedRelay(t, world, right);
    // A report that quotes the password would come from somebody else; it goes no further.
    const message = `The relay does not like ${password}.`;
    const notice: SyncNotice = { version: 1, id: 'shop-1', report: { ...killedSync().report, message } };
    const environment = { ...world.environment, DBBACKUP_NOTICE: JSON.stringify(notice) };
    const broken = { name: 'Broken', query: 'SELECT v::int FROM texts' };
    const pod = { resource: syncOf([texts, broken], notification), environment };
    assert.equal((await podInSecret(t, world, 'check', pod)).status, right ? 0 : 1);
    assert.equal((await podInSecret(t, world, 'notify', pod)).status, right ? 0 : 2);
    const { status, answer } = await podInSecret(t, world, 'sync', pod);
    const { reason, email } = syncReport.parse(answer);
    assert.deepEqual([status, reason, email?.result], [2, 'InvalidQuery', right ? 'Sent' : 'Failed']);
    assert.equal(mails().length > 0, right);
    assert.deepEqual(leaks({ mail: mails().join('\n') }, secrets), []);
  });
}

test('a cell that is planted in the report or the mail of a sync is found by the same search', async (t) => {
  const { world, syncOf } = await canarySheets(t);
  const server = await canaryServer();
  await server.query('CREATE TABLE "planted-4711" AS SELECT 1 AS id', world.uri);
  const sheets = [{ name: 'planted-4711', table: 'public.planted-4711' }];
  await assert.rejects(
    syncInSecret(world, syncOf(sheets), { canary, planted: 'planted-4711' }),
    (error: Error) => {
      for (const place of ['report', 'mail', 'log'])
        assert.match(error.message, new RegExp(`planted in ${place} `));
      return true;
    },
  );
});
