import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import PostalMime from 'postal-mime';
import type { RunReport } from '../../crds/runReport.ts';
import { emailNotifier } from './email.ts';
import type { ReportInput } from './reportContent.ts';
import { reportMail } from './reportMail.ts';
import { smtpTestServer } from './smtpTestServer.ts';

const set = 'backup_20260210_020003';
const folder = 'https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUv';
const link = (id: string) => `https://drive.google.com/file/d/${id}/view`;

function report(changes: Partial<RunReport> = {}): RunReport {
  return {
    version: 1,
    result: 'Succeeded',
    startedAt: '2026-02-09T23:00:01.412Z',
    finishedAt: '2026-02-09T23:01:13.020Z',
    database: 'shop',
    serverVersion: '16.4',
    set,
    snapshotTime: '2026-02-09T23:00:03.118Z',
    snapshotSeconds: 58.2,
    tables: 10,
    rows: 300_123,
    bytes: 24_109_431,
    files: [
      { name: `${set}.csv.zip`, format: 'csv', rows: 300_123, bytes: 7_203_118, link: link('1csv') },
      { name: `${set}.xlsx`, format: 'xlsx', rows: 300_123, bytes: 9_118_204, link: link('1xlsx') },
      { name: `${set}.json`, format: 'json', rows: 300_123, bytes: 3_912_870, link: link('1json') },
      { name: `${set}.sql.gz`, format: 'sql', bytes: 3_871_022, link: link('1sql') },
      { name: `${set}.manifest.json`, format: 'manifest', bytes: 4_217, link: link('1manifest') },
    ],
    folderLink: folder,
    stages: [
      { name: 'connect', seconds: 0.31 },
      { name: 'snapshot', seconds: 0.08 },
      { name: 'export', seconds: 58.12 },
      { name: 'verify', seconds: 2.4 },
      { name: 'prune', seconds: 3.62 },
    ],
    retention: {
      removed: [
        { set: 'backup_20260109_020002', why: 'older than 30 days, and no day, week or month needs it' },
        { set: 'backup_20260108_020004', why: 'older than 30 days, and no day, week or month needs it' },
      ],
      removedCount: 2,
      kept: 30,
      foreignSets: 3,
      damagedSets: 0,
    },
    warnings: [],
    ...changes,
  };
}

function input(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    backup: { namespace: 'shop', name: 'shop' },
    owner: '0c5b2c1e-6a35-4f0e-9f6b-0a8c1f5f2f11',
    report: report(),
    timeZone: 'Europe/Moscow',
    tables: [
      { name: 'public.customers', rows: 20_000 },
      { name: 'public.order_items', rows: 148_211 },
      { name: 'public.orders', rows: 60_000 },
      { name: 'public.payments', rows: 58_912 },
      { name: 'public.price_history', rows: 9_000 },
      { name: 'public.products', rows: 1_200 },
      { name: 'public.reviews', rows: 1_600 },
      { name: 'public.stock', rows: 1_200 },
      { name: 'public."Größe & Farbe 🎨"', rows: 0 },
      { name: 'audit.sessions', rows: 0 },
    ],
    nextRun: '2026-02-10T23:00:00Z',
    restore: [
      `Download ${set}.sql.gz from the folder.`,
      'createdb shop_restored',
      `gunzip -c ${set}.sql.gz | psql -v ON_ERROR_STOP=1 -d shop_restored`,
      `Compare the rows with ${set}.manifest.json.`,
    ],
    ...changes,
  };
}

/** A run that failed before anything was written. */
function failed(changes: Partial<RunReport> = {}): ReportInput {
  const { version, startedAt, database, folderLink, warnings } = report();
  const failure: RunReport = {
    version,
    startedAt,
    database,
    folderLink,
    warnings,
    result: 'Failed',
    reason: 'TokenExpired',
    message: 'Google rejected the refresh token of ops@example.com (invalid_grant).',
    finishedAt: '2026-02-09T23:00:04.1Z',
    files: [],
    stages: [{ name: 'connect', seconds: 0.31 }],
    ...changes,
  };
  const { tables: __, restore, ...others } = input();
  return { ...others, report: failure, lastSuccess: '2026-02-08T23:00:03Z' };
}

const shrunk = () =>
  input({
    tables: [{ name: 'public.order_items', rows: 1_204 }],
    restore: [],
    report: report({
      rows: 1_204,
      bytes: 95_310,
      files: [
        { name: `${set}.csv`, format: 'csv', rows: 1_204, bytes: 91_093, link: link('1csv') },
        { name: `${set}.manifest.json`, format: 'manifest', bytes: 4_217, link: link('1manifest') },
      ],
      tables: 1,
      retention: {
        removed: [],
        removedCount: 0,
        kept: 30,
        foreignSets: 0,
        damagedSets: 1,
        skipped: '1,204 rows are less than half the median of 299,870.',
        skippedReason: 'Shrunk',
      },
      warnings: ['The Drive has 26.4 MB free, less than 1.2 × the size of the last set.'],
    }),
  });

const goldens = { success: input(), failure: failed(), shrunk: shrunk() };

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
    backup: { namespace: 'shop', name },
    tables: [{ name, rows: 1 }],
    restore: [name],
    report: report({
      database: name,
      serverVersion: name,
      set: name,
      warnings: [name],
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
  const { subject, text, html } = reportMail(failed());
  assert.equal(subject, '✗ shop/shop backup failed: TokenExpired');
  for (const part of [text, html]) {
    assert.doesNotMatch(part, /complete|✓|How to restore/);
    assert.match(part, /invalid_grant/);
    assert.match(part, /No older backup was removed/);
  }
});

test('a failure without a reason is told as a bug, and without a message by the meaning of its reason', () => {
  const { reason, message, ...unnamed } = failed().report;
  const mail = reportMail({ ...failed(), report: unnamed });
  assert.equal(mail.subject, '✗ shop/shop backup failed: Internal');
  assert.match(mail.text, /a bug/);
});

test('shows what is known of a run of which little is known', () => {
  const { version, result, startedAt, finishedAt } = report();
  const bare: RunReport = { version, result, startedAt, finishedAt, files: [], stages: [], warnings: [] };
  const mail = reportMail(input({ report: bare, tables: undefined, nextRun: undefined, restore: undefined }));
  assert.equal(mail.subject, '✓ shop/shop backup: done');
  assert.doesNotMatch(mail.text + mail.html, /undefined|NaN|Invalid/);
});

test('has one identity for one run of one backup', () => {
  const { id } = reportMail(input());
  assert.equal(reportMail(input({ tables: undefined })).id, id);
  assert.notEqual(reportMail(input({ owner: 'another' })).id, id);
  assert.notEqual(reportMail(input({ report: report({ set: 'backup_20260211_020003' }) })).id, id);
});

test('arrives as it was written', async (t) => {
  const server = await smtpTestServer(t);
  const mail = reportMail(input());
  const notifier = emailNotifier(
    { to: ['ops@example.com'], smtp: { ...server, tls: 'Off' } },
    { secrets: {}, hostname: 'runner.example' },
  );
  assert.equal((await notifier.notify(mail, new AbortController().signal)).sent, true);
  const arrived = await PostalMime.parse(server.mails[0]?.raw ?? '');
  assert.equal(arrived.subject, mail.subject);
  assert.equal(arrived.text?.trim(), mail.text.trim());
  assert.equal(arrived.html?.trim(), mail.html.trim());
});
