import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { RunReport } from '../../crds/runReport.ts';
import { startMailbox } from '../../sandbox/smtp/startMailbox.ts';
import { emailNotifier } from './email.ts';
import { reportMail } from './reportMail.ts';
import { drill, failed, input, killed, missed, report, shrunk, stale } from './testdata/exampleReports.ts';
import {
  failedSync,
  killedSync,
  missedSync,
  staleSync,
  synced,
  syncReport,
  warnedSync,
} from './testdata/exampleSyncs.ts';

const goldens = {
  ...{ success: input(), failure: failed(), shrunk: shrunk() },
  ...{ missed: missed(), stale: stale(), killed: killed(), drill: drill() },
  ...{ 'sync-success': synced(), 'sync-warned': warnedSync(), 'sync-failure': failedSync() },
  ...{ 'sync-missed': missedSync(), 'sync-stale': staleSync(), 'sync-killed': killedSync() },
};

for (const [name, given] of Object.entries(goldens)) {
  test(`the mail of a run is as in testdata/${name}.*.golden`, async () => {
    const mail = reportMail(given);
    const parts = { txt: `Subject: ${mail.subject}\n\n${mail.text}`, html: mail.html };
    for (const [ending, part] of Object.entries(parts)) {
      const file = new URL(`testdata/${name}.${ending}.golden`, import.meta.url);
      if (process.env.UPDATE_GOLDEN) await writeFile(file, part);
      assert.equal(part, await readFile(file, 'utf8'), `${file.pathname}: UPDATE_GOLDEN=1 writes it anew`);
    }
  });
}

const nasty = [
  '<b>"bold"</b>',
  "x' onmouseover='alert(1)",
  '</td></table><script>alert(1)</script>',
  'a\r\nBcc: evil@example.com',
  'rtl \u202egnp.exe',
  'שלום עולם',
  '👩‍👩‍👧 Größe',
  '&lt;already&gt;',
];

/** A report in which everything that others can name has this name. */
const named = (name: string) =>
  input({
    resource: { namespace: 'shop', name },
    tables: [{ name, rows: 1 }],
    restore: [name],
    report: report({
      database: name,
      serverVersion: name,
      set: name,
      warnings: [name],
      notes: [name],
      files: [{ name, format: 'csv', bytes: 1, link: `https://example.com/${name}` }],
      folderLink: `javascript:alert("${name}")`,
      stages: [{ name, seconds: 1 }],
      retention: {
        removed: [{ set: name, why: name }],
        removedCount: 1,
        kept: 1,
        foreignSets: 0,
        damagedSets: 0,
        skipped: name,
      },
    }),
  });

/** The tags with the names of their attributes. `wbr` stands between the words of a file name. */
const tagsOf = (html: string) =>
  (html.match(/<[a-z/!][^>]*>/gi) ?? [])
    .map((tag) => tag.replace(/="[^"]*"/g, ''))
    .filter((tag) => tag !== '<wbr>');

test('names with markup, quotes, line breaks and turned text are shown and do nothing', () => {
  const tags = tagsOf(reportMail(named('plain')).html);
  for (const name of nasty) {
    const { html, text, subject } = reportMail(named(name));
    assert.deepEqual(tagsOf(html), tags, name);
    assert.doesNotMatch(html, /javascript:|\u202e/);
    assert.doesNotMatch(text, /^Bcc:|\u202e|javascript:/m);
    assert.doesNotMatch(subject, /[\r\n\u202e]/);
  }
  const failure = (message: string) => reportMail(failed({ message })).html;
  for (const message of nasty) assert.deepEqual(tagsOf(failure(message)), tagsOf(failure('plain')), message);
});

test('2,000 tables are the 30 biggest and a sum', () => {
  const tables = Array.from({ length: 2_000 }, (_, rows) => ({ name: `public."Tabelle <${rows}>"`, rows }));
  const { html, text } = reportMail(input({ tables }));
  assert.ok(Buffer.byteLength(html) < 50_000, `${Buffer.byteLength(html)} bytes`);
  assert.match(text, /^ {2}public\."Tabelle <1970>" {2}1,970\n {2}and 1,970 more, 1,939,465 rows together$/m);
});

test('stays below the 100 kB at which Gmail cuts, whatever the names are, and says that details are left out', () => {
  const long = '"<&>'.repeat(5_000);
  const { html, text, subject } = reportMail({
    ...named(long),
    tables: Array.from({ length: 2_000 }, (_, rows) => ({ name: long, rows })),
    restore: Array.from({ length: 500 }, () => long),
    report: report({
      database: long,
      set: long,
      files: Array.from({ length: 50 }, () => ({ name: long, format: 'csv', bytes: 1 })),
      stages: Array.from({ length: 50 }, () => ({ name: long, seconds: 1 })),
      warnings: Array.from({ length: 500 }, () => long),
      retention: {
        removed: Array.from({ length: 1_000 }, () => ({ set: long, why: long })),
        removedCount: 1_000,
        kept: 3,
        foreignSets: 0,
        damagedSets: 0,
      },
    }),
  });
  assert.ok(Buffer.byteLength(html) < 100_000, `${Buffer.byteLength(html)} bytes`);
  assert.ok(subject.length < 300);
  assert.match(text, /^ {2}and 1,990 more, /m);
  assert.match(text, /^ {2}and 995 more$/m);
  assert.match(text, /and 495 more warnings/);
  assert.match(text, /Details were left out of this report/);
});

test('fetches nothing and runs nothing', () => {
  for (const given of Object.values(goldens)) {
    assert.doesNotMatch(
      reportMail(given).html,
      /<(img|script|link|iframe|object|form)\b|url\(|@import|<[^>]*\son\w+=/i,
    );
  }
});

test('says nothing of success, restoring or removal in a mail about a failure', () => {
  const { subject, text, html } = reportMail({ ...failed({ set: report().set }), restore: ['createdb x'] });
  assert.equal(subject, '✗ shop/shop backup failed: TokenExpired');
  for (const part of [text, html]) {
    assert.doesNotMatch(part, /complete|✓|How to restore/);
    assert.match(part, /invalid_grant/);
    assert.match(part, /No older backup was removed/);
  }
});

test('does not claim that a run failed where none came', () => {
  const mails = [missed(), stale(), { ...stale(), lastSuccess: undefined }].map(reportMail);
  assert.deepEqual(
    mails.map(({ subject }) => subject),
    [
      '✗ shop/shop: a scheduled backup did not start (ScheduleMissed)',
      '✗ shop/shop: no successful backup since Mon, 9 Feb 2026, 02:00:03 (NoRecentSuccess)',
      '✗ shop/shop: no successful backup yet (NoRecentSuccess)',
    ],
  );
  for (const { text, html } of mails) assert.doesNotMatch(text + html, /failed|Took|Started/);
});

test('a mail about a sync speaks of nothing that only backups have', () => {
  const syncs = [synced(), warnedSync(), failedSync(), missedSync(), staleSync(), killedSync()];
  const mails = syncs.map((each) => reportMail(each));
  for (const { text, html, subject } of mails) {
    assert.doesNotMatch(text + html, /Retention|restore|older|Files|Open the folder|undefined|NaN|Invalid D/);
    const words = [subject, text, html].join().replaceAll(/database-backup-operator|databasebackupruns/g, '');
    assert.doesNotMatch(words, /backup/i);
  }
  assert.deepEqual(
    mails.map(({ subject }) => subject),
    [
      '✓ shop/shop sync: 21,205 rows in 3 tabs',
      '⚠ shop/shop sync: 900,000 rows in 1 tab, with a warning',
      '✗ shop/shop sync failed: InvalidQuery',
      '✗ shop/shop: a scheduled sync did not start (ScheduleMissed)',
      '✗ shop/shop: no successful sync since Mon, 9 Feb 2026, 07:00:19 (NoRecentSuccess)',
      '✗ shop/shop sync failed: OutOfMemory',
    ],
  );
});

test('names of tabs and spreadsheets with markup, line breaks and turned text are shown and do nothing', () => {
  const mailOf = (name: string) =>
    reportMail({
      ...synced({
        ...{ database: name, spreadsheet: name, serverVersion: name, link: `javascript:alert("${name}")` },
        sheets: [{ name, mode: 'Append', rows: 1, columns: 1, inPlace: true }],
        ...{ stages: [{ name, seconds: 1 }], warnings: [name], notes: [name] },
      }),
      resource: { namespace: 'shop', name },
    });
  const tags = tagsOf(mailOf('plain').html);
  for (const name of nasty) {
    const { html, text, subject } = mailOf(name);
    assert.deepEqual(tagsOf(html), tags, name);
    assert.doesNotMatch(html, /javascript:|\u202e/);
    assert.doesNotMatch(text, /^Bcc:|\u202e|javascript:/m);
    assert.doesNotMatch(subject, /[\r\n\u202e]/);
  }
});

test('twenty tabs of the longest names, with all that can be said of them, stay below 100 kB', () => {
  const long = '"<&>'.repeat(5_000);
  const name = long.slice(0, 100);
  const { html, text } = reportMail(
    synced({
      ...{ database: long, spreadsheet: long, warnings: Array(500).fill(long), notes: Array(500).fill(long) },
      sheets: Array.from({ length: 20 }, () => ({ name, mode: 'Replace', rows: 10_000_000, columns: 1_664 })),
      stages: Array.from({ length: 23 }, () => ({ name: long, seconds: 1 })),
    }),
  );
  assert.ok(Buffer.byteLength(html) < 100_000, `${Buffer.byteLength(html)} bytes`);
  assert.match(text, /Details were left out of this report/);
});

test('says nothing of what was removed where the runner could not tell', () => {
  const { text } = reportMail(killed());
  assert.match(text, /Whether older backups were removed is not known/);
  assert.doesNotMatch(text, /No older backup was removed/);
});

test('does not say that nothing was removed when retention broke off half-way', () => {
  const retention = {
    removedCount: 2,
    kept: 9,
    foreignSets: 0,
    damagedSets: 0,
    skipped: 'The Drive broke off',
  };
  const { text } = reportMail(input({ report: report({ retention: { ...retention, removed: [] } }) }));
  assert.match(text, /^ {2}- Retention stopped early: The Drive broke off\.$/m);
  assert.match(text, /^ {2}2 sets removed, 9 kept\.$/m);
  assert.doesNotMatch(text, /Nothing was removed/);
});

test('a failure without a reason is told as a bug, and without a message by the meaning of its reason', () => {
  const { reason, message, ...unnamed } = failed().report;
  const mail = reportMail({ ...failed(), report: unnamed });
  assert.equal(mail.subject, '✗ shop/shop backup failed: Internal');
  assert.match(mail.text, /a bug/);
});

test('shows what is known of a run of which little is known', () => {
  const { version, result, startedAt, finishedAt } = report();
  const bare: RunReport = {
    version,
    result,
    startedAt,
    finishedAt,
    files: [],
    stages: [],
    warnings: [],
    notes: [],
  };
  const mail = reportMail(input({ report: bare, tables: undefined, nextRun: undefined, restore: undefined }));
  assert.equal(mail.subject, '✓ shop/shop backup: done');
  assert.doesNotMatch(mail.text + mail.html, /undefined|NaN|Invalid/);
});

test('has one identity for one run of one backup', () => {
  const { id } = reportMail(input());
  assert.equal(reportMail(input({ tables: undefined })).id, id);
  assert.notEqual(reportMail(input({ owner: 'another' })).id, id);
  assert.notEqual(reportMail(input({ report: report({ set: 'backup_20260211_020003' }) })).id, id);
  assert.equal(reportMail(killed()).id, `${killed().owner}/shop-29510100`);
  assert.equal(reportMail(synced()).id, `${synced().owner}/${syncReport().startedAt}`);
  assert.equal(reportMail(killedSync()).id, `${synced().owner}/shop-sync-29510100`);
});

test('arrives as it was written', async () => {
  await using server = await startMailbox();
  const mail = reportMail(input());
  const notifier = emailNotifier(
    { to: ['ops@example.com'], smtp: { host: server.host, port: server.port, tls: 'Off' } },
    { secrets: {}, hostname: 'runner.example' },
  );
  assert.equal((await notifier.notify(mail, new AbortController().signal)).sent, true);
  const [arrived] = server.messages();
  assert.equal(arrived?.subject, mail.subject);
  assert.equal(arrived.text.trim(), mail.text.trim());
  assert.equal(arrived.html.trim(), mail.html.trim());
});
