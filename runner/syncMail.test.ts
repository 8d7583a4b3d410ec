import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import type { SyncSpecInput } from '../crds/sheetSync.ts';
import { syncReport } from '../crds/syncReport.ts';
import { eventually } from '../sandbox/testing.ts';
import { exitStatus } from './exitStatus.ts';
import type { Telling } from './sendReport.ts';
import { type SheetsWorld, sheetsWorld } from './sheets/sheetsFixture.ts';
import { syncJob } from './syncJob.ts';

const sql = `CREATE TABLE orders (id int PRIMARY KEY, note text);
  INSERT INTO orders SELECT n, 'canary-' || n FROM generate_series(1, 50) n`;
const orders = { name: 'Orders', table: 'public.orders' };
const late = { name: 'Late', mode: 'Append' as const, keyColumn: 'id', table: 'public.orders' };
const broken = { name: 'Broken', query: 'SELECT 1 / (id - id) AS v FROM orders' };

type Email = NonNullable<NonNullable<SyncSpecInput['notification']>['email']>;

/** Who is told of a sync: the mailbox of the world, or another relay. */
const notification = ({ world: { mailbox } }: SheetsWorld, email: Partial<Email> = {}) => {
  const smtp = { host: mailbox.host, port: mailbox.port, tls: 'Off' as const };
  return { notification: { email: { to: ['ops@example.com'], smtp, ...email } } };
};

/** A sync as a pod makes it: another attempt may follow. */
function inPod(sheets: SheetsWorld, list: SyncSpecInput['sheets'], spec: Partial<SyncSpecInput> = {}) {
  const sync = sheets.spec(list, { ...notification(sheets), ...spec });
  const telling: Telling = { mailTransientFailures: false, scheduled: true };
  return syncJob({ sync, ...telling }, sheets.world.services(), new AbortController().signal);
}

test('a good sync is mailed where the spec says Always, with its tabs, and not otherwise', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const { mailbox } = sheets.world;
  const silent = await sheets.run([orders], { spec: notification(sheets) });
  assert.deepEqual([silent.result, silent.email], ['Succeeded', { result: 'NotWanted' }]);
  assert.deepEqual(mailbox.messages(), []);
  const told = await sheets.run([orders, late], { spec: notification(sheets, { when: 'Always' }) });
  assert.deepEqual([told.result, told.email], ['Succeeded', { result: 'Sent' }]);
  const [mail, another] = mailbox.messages();
  assert.equal(another, undefined);
  assert.equal(mail?.subject, '✓ shop/shop sync: 100 rows in 2 tabs');
  assert.match(mail.text, /^ {2}Orders {2}Replace {2}2 columns {2}50 rows$/m);
  assert.match(mail.text, /^ {2}Late {4}Append {3}2 columns {2}50 rows$/m);
  assert.match(mail.text, new RegExp(`^Spreadsheet: https?://.*${sheets.id}`, 'm'));
  // From the command line nobody keeps the schedule.
  assert.doesNotMatch(mail.text, /Next run/);
  assert.doesNotMatch(mail.raw + mail.text + mail.html, /canary-/);
});

test('a sync that failed is mailed with the tabs that are new, the reason and what to do', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const spec = { schedule: '0 7 * * *', timeZone: 'Europe/Moscow' };
  const report = await inPod(sheets, [orders, broken], spec);
  assert.deepEqual([report.reason, report.email], ['InvalidQuery', { result: 'Sent' }]);
  const [mail, another] = sheets.world.mailbox.messages();
  assert.equal(another, undefined);
  assert.equal(mail?.subject, '✗ shop/shop sync failed: InvalidQuery');
  assert.match(mail.text, /Sheet Broken: PostgreSQL refused the query while it ran: SQLSTATE 22012\./);
  assert.match(mail.text, /What to do: Run it in psql/);
  assert.match(mail.text, /^Tabs written before the failure\n {2}Orders {2}Replace/m);
  assert.match(mail.text, /^Next run: +\w{3}, \d+ \w{3} \d{4}, 07:00:00$/m);
});

test('a failure that another attempt may mend is not mailed by a pod, and is by the command line', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  sheets.world.secrets.db = { uri: 'postgresql://ann:pw@127.0.0.1:1/shop' };
  const report = await inPod(sheets, [orders]);
  assert.deepEqual([report.reason, report.email], ['DatabaseUnreachable', { result: 'NotWanted' }]);
  assert.deepEqual(sheets.world.mailbox.messages(), []);
  const told = await sheets.run([orders], { spec: notification(sheets) });
  assert.deepEqual(told.email, { result: 'Sent' });
});

test('nobody is told where the spec says Never or names nobody', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  for (const spec of [{}, notification(sheets, { when: 'Never' })]) {
    assert.deepEqual((await sheets.run([broken], { spec })).email, { result: 'NotWanted' });
  }
  assert.deepEqual(sheets.world.mailbox.messages(), []);
});

test('a relay that is down is said in the report, and the sync is as good as it was', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const smtp = { host: '127.0.0.1', port: 1, tls: 'Off' as const };
  const report = await sheets.run([orders], { spec: notification(sheets, { when: 'Always', smtp }) });
  assert.deepEqual([report.result, exitStatus(report), report.email?.result], ['Succeeded', 0, 'Failed']);
  assert.match(
    report.email?.message ?? '',
    /127\.0\.0\.1:1 refused the connection: check spec\.notification/,
  );
  syncReport.parse(report);
});

test('a sync that is stopped still tells of it, once', async (t) => {
  const sheets = await sheetsWorld(t, sql);
  const controller = new AbortController();
  const { google, mailbox } = sheets.world;
  google.faults.add({ operation: 'valuesUpdate', effect: 'hang', count: 9 });
  const running = sheets.run([orders], { spec: notification(sheets), stop: controller.signal });
  await eventually(() => assert.equal(google.faults.pending, 8));
  controller.abort(new BackupError('Interrupted', 'The runner was told to stop.'));
  const report = await running;
  assert.deepEqual([report.reason, report.email], ['Interrupted', { result: 'Sent' }]);
  assert.deepEqual(
    mailbox.messages().map(({ subject }) => subject),
    ['✗ shop/shop sync failed: Interrupted'],
  );
});
