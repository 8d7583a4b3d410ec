import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Notice, noticeReport, type SyncNotice } from '../../crds/notice.ts';
import type { SMTPSpec } from '../../crds/notificationSpec.ts';
import { runWorld } from '../../sandbox/runWorld.ts';
import { type Mailbox, startMailbox } from '../../sandbox/smtp/startMailbox.ts';
import { hurriedClock } from '../failureFixture.ts';
import { killed, missed } from '../notifiers/testdata/exampleReports.ts';
import { killedSync } from '../notifiers/testdata/exampleSyncs.ts';
import { type EndedPod, type PodOptions, runPod, silentServer, startPod } from '../podFixture.ts';
import { sendNotice } from './notifyMode.ts';

const notice: Notice = {
  version: 1,
  ...{ id: 'shop-29510100', run: 'shop-29510100', attempts: 3, lastSuccess: '2026-02-08T23:00:03Z' },
  report: killed().report,
};

const spec = (notification?: object) => ({
  ...{ schedule: '0 2 * * *', timeZone: 'Europe/Moscow' },
  database: { secretRef: { name: 'db' } },
  destination: { directory: { path: '/nowhere' } },
  ...(notification && { notification }),
});

/** What a notify pod gets: no more than the Secrets of the relay. */
function podOf(
  { host, port }: Pick<Mailbox, 'host' | 'port'>,
  smtp: Partial<SMTPSpec> = {},
  told: Notice = notice,
): PodOptions {
  const email = { to: ['ann@example.com', 'bob@example.com'], smtp: { host, port, tls: 'Off', ...smtp } };
  return { resource: { spec: spec({ email }) }, environment: { DBBACKUP_NOTICE: JSON.stringify(told) } };
}

function reportOf({ answer, log }: EndedPod) {
  assert.ok(log.includes('"report"'), log);
  return noticeReport.parse(answer);
}

test('mails a failure with the run, its attempts, the last good backup and the next run', async (t) => {
  await using mailbox = await startMailbox();
  const ended = await runPod(t, 'notify', podOf(mailbox));
  assert.equal(ended.status, 0, ended.log);
  assert.deepEqual(reportOf(ended), { version: 1, kind: 'NoticeReport', result: 'Sent' });
  const [mail] = mailbox.messages();
  assert.equal(mail?.subject, '✗ shop/shop backup failed: OutOfMemory');
  assert.match(mail.text, /^Run: +shop-29510100$/m);
  assert.match(mail.text, /^Attempts: +3$/m);
  assert.match(mail.text, /^Last good: +Mon, 9 Feb 2026, 02:00:03$/m);
  assert.match(mail.text, /^Next run: +\w{3}, \d+ \w{3} \d{4}, 02:00:00$/m);
});

const syncNotice: SyncNotice = {
  version: 1,
  ...{ id: 'shop-sync-29510100', run: 'shop-sync-29510100', attempts: 3 },
  ...{ lastSuccess: '2026-02-09T04:00:19Z', report: killedSync().report },
};

/** The same for a sync. */
function syncPodOf({ host, port }: Pick<Mailbox, 'host' | 'port'>, told: object): PodOptions {
  const email = { to: ['ann@example.com'], smtp: { host, port, tls: 'Off' } };
  const resource = {
    kind: 'SheetSync',
    spec: {
      ...{ schedule: '0 7 * * *', timeZone: 'Europe/Moscow', database: { secretRef: { name: 'db' } } },
      spreadsheet: {
        googleSheets: { spreadsheetID: '1AbCdEfGhIjKl', credentialsSecretRef: { name: 'drive-oauth' } },
      },
      ...{ sheets: [{ name: 'Orders', table: 'public.orders' }], notification: { email } },
    },
  };
  return { resource, environment: { DBBACKUP_NOTICE: JSON.stringify(told) } };
}

test('mails the failure of a sync, and refuses a notice about the other kind', async (t) => {
  await using mailbox = await startMailbox();
  const ended = await runPod(t, 'notify', syncPodOf(mailbox, syncNotice));
  assert.equal(ended.status, 0, ended.log);
  assert.deepEqual(reportOf(ended), { version: 1, kind: 'NoticeReport', result: 'Sent' });
  const [mail] = mailbox.messages();
  assert.equal(mail?.subject, '✗ shop/shop sync failed: OutOfMemory');
  assert.match(mail.text, /^Run: +shop-sync-29510100$/m);
  assert.match(mail.text, /^Attempts: +3$/m);
  assert.match(mail.text, /^Last good: +Mon, 9 Feb 2026, 07:00:19$/m);
  assert.match(mail.text, /^Next run: +\w{3}, \d+ \w{3} \d{4}, 07:00:00$/m);
  for (const told of [notice, { ...syncNotice, about: 'Drill' }]) {
    const { status, answer } = await runPod(t, 'notify', syncPodOf(mailbox, told));
    assert.equal(status, 2);
    assert.match(noticeReport.parse(answer).message ?? '', /^DBBACKUP_NOTICE: /);
  }
  assert.equal(mailbox.messages().length, 1);
});

test('mails of two pods about one thing have one Message-ID, about another thing another', async (t) => {
  await using mailbox = await startMailbox();
  for (const each of [notice, notice, { ...notice, id: missed().id ?? '', report: missed().report }]) {
    assert.equal((await runPod(t, 'notify', podOf(mailbox, {}, each))).status, 0);
  }
  const [first, second, third] = mailbox.messages().map(({ headers }) => headers['message-id']);
  assert.equal(second, first);
  assert.notEqual(third, first);
  assert.match(
    mailbox.messages()[2]?.subject ?? '',
    /: a scheduled backup did not start \(ScheduleMissed\)$/,
  );
});

test('a mail that one of two recipients gets is sent', async (t) => {
  await using mailbox = await startMailbox({ rejectRecipients: ['bob@example.com'] });
  const ended = await runPod(t, 'notify', podOf(mailbox));
  assert.equal(ended.status, 0);
  const { result, message } = reportOf(ended);
  assert.deepEqual([result, message], ['PartlyRejected', 'The relay refused bob@example.com.']);
});

test('what no further try can mend ends with 2', async (t) => {
  await using refusing = await startMailbox({ refuseAll: true });
  const credentialsSecretRef = { name: 'relay' };
  const environment = { DBBACKUP_NOTICE: JSON.stringify(notice) };
  for (const [pod, message] of [
    [podOf(refusing), /refused the sender \(550/],
    [podOf(refusing, { tls: 'Required', credentialsSecretRef }), /Secret relay does not exist\./],
    [{ resource: { spec: spec() }, environment }, /^The spec names nobody to tell/],
    [{ resource: { spec: spec() } }, /DBBACKUP_NOTICE is wrong/],
    [{ resource: { spec: spec() }, environment: { DBBACKUP_NOTICE: '{,' } }, /DBBACKUP_NOTICE is not JSON/],
    [{ resource: { spec: spec() }, environment: { DBBACKUP_NOTICE: '{}' } }, /^DBBACKUP_NOTICE: version /],
    [{ resource: undefined, environment }, /DBBACKUP_RESOURCE is wrong/],
    [{ resource: '{}', environment }, /^DBBACKUP_RESOURCE has no kind: it must be a DatabaseBackup or a S/],
  ] as [PodOptions, RegExp][]) {
    const ended = await runPod(t, 'notify', pod);
    const report = reportOf(ended);
    assert.deepEqual([ended.status, report.result], [2, 'Failed'], report.message ?? '');
    assert.match(report.message ?? '', message);
  }
});

test('a relay that is down, or puts the mail off, may be tried again', async (t) => {
  const world = await runWorld(t, 'SELECT 1');
  world.clock = hurriedClock();
  const putOff = await startMailbox({ greylist: 1_000_000 });
  t.after(() => putOff.stop());
  for (const { host, port } of [{ host: '127.0.0.1', port: 1 }, putOff]) {
    const email = { to: ['ops@example.com'], smtp: { host, port, tls: 'Off' as const } };
    const pod = { resource: world.backup({ notification: { email } }), services: world.services() };
    const { status, report } = await sendNotice(notice, pod, new AbortController().signal);
    assert.deepEqual([status, (report as { result: string }).result], [1, 'Failed']);
  }
});

test('a pod that is stopped while the relay is silent ends with 1', async (t) => {
  const { port, connected } = await silentServer(t);
  const started = await startPod(t, 'notify', podOf({ host: '127.0.0.1', port }));
  await connected;
  started.stop();
  const ended = await started.ended;
  const { result, message } = reportOf(ended);
  assert.deepEqual([ended.status, result], [1, 'Failed']);
  assert.match(message ?? '', /told to stop/);
});
