import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunReport } from '../crds/runReport.ts';
import { syncReport } from './notifiers/testdata/exampleSyncs.ts';
import { formsOf, redactLine, redactor, redactReport } from './redactor.ts';

const secret = 'pä"ss\\w/rd+&? 4711=';

test('takes out a secret raw, URL- and JSON-escaped', () => {
  const known = redactor();
  known.add(secret);
  for (const form of [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    JSON.stringify(secret),
  ]) {
    const text = known.redact(`before ${form} after`);
    assert.match(text, /^before "?\[secret\]"? after$/, form);
  }
});

test('takes out a secret in base64, wherever in the encoded text it stands', () => {
  const known = redactor();
  known.add(secret);
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of ['', 'u', 'us', '\0user\0', 'user:', 'other text ']) {
      for (const after of ['', '!', '!!', '!!!']) {
        const text = known.redact(Buffer.from(before + secret + after).toString(encoding));
        assert.match(text, /\[secret\]/);
        const rest = Buffer.from(text.replaceAll('[secret]', ''), 'base64').toString('latin1');
        assert.doesNotMatch(rest, /ss\\w|4711/);
      }
    }
  }
});

test('leaves nothing of a secret that begins with another one, in whatever order they became known', () => {
  for (const order of [
    ['abcd', 'abcdefgh'],
    ['abcdefgh', 'abcd'],
  ]) {
    const known = redactor();
    for (const one of order) known.add(one);
    assert.equal(known.redact('x abcdefgh y abcd z'), 'x [secret] y [secret] z');
  }
});

test('does not search for what is too short, and takes every character as it is', () => {
  const known = redactor();
  known.add('abc');
  known.add('');
  known.add(undefined);
  known.add('a.c$&*');
  assert.equal(known.redact('abc abcx'), 'abc abcx');
  assert.equal(known.redact('say a.c$&* now'), 'say [secret] now');
});

test('knows the longest form first', () => {
  const lengths = formsOf(secret).map(({ length }) => length);
  assert.deepEqual(
    lengths,
    lengths.toSorted((a, b) => b - a),
  );
});

test('a password like a number, a year or a word of the report leaves the report whole', () => {
  const report: RunReport = {
    version: 1,
    result: 'Failed',
    reason: 'DumpFailed',
    message: 'It said Failed in 2026 after 1000 rows.',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:00.000Z',
    rows: 1000,
    files: [{ name: 'backup_2026.csv', format: 'csv', bytes: 1000 }],
    stages: [{ name: 'warnings', seconds: 1000 }],
    warnings: ['1000 warnings'],
    notes: ['cut at 1000'],
    retention: {
      ...{ removed: [{ set: 'backup_2026', why: 'over 1000' }], removedCount: 1000, kept: 1000 },
      ...{ foreignSets: 0, damagedSets: 0, skipped: 'because of 1000' },
    },
    email: { result: 'Failed', message: '1000 went wrong' },
  };
  const known = redactor();
  for (const password of ['1000', '2026', 'Failed', 'warnings', 'DumpFailed', 'message']) known.add(password);
  assert.deepEqual(redactReport(report, known), {
    ...report,
    message: 'It said [secret] in [secret] after [secret] rows.',
    warnings: ['[secret] [secret]'],
    notes: ['cut at [secret]'],
    retention: {
      ...report.retention,
      removed: [{ set: 'backup_2026', why: 'over [secret]' }],
      skipped: 'because of [secret]',
    },
    email: { result: 'Failed', message: '[secret] went wrong' },
  });
});

test('the report of a sync loses secrets in its sentences and keeps its names and numbers', () => {
  const report = syncReport({
    ...{ result: 'Failed', reason: 'InvalidQuery', message: 'It said Failed after 1204 rows.' },
    ...{ warnings: ['1204 warnings'], notes: ['cut at 1204'] },
    email: { result: 'Failed', message: '1204 went wrong' },
  });
  const known = redactor();
  for (const password of ['1204', '2026', 'Failed', 'Orders', 'Replace', 'message']) known.add(password);
  assert.deepEqual(redactReport(report, known), {
    ...report,
    message: 'It said [secret] after [secret] rows.',
    warnings: ['[secret] warnings'],
    notes: ['cut at [secret]'],
    email: { result: 'Failed', message: '[secret] went wrong' },
  });
});

test('a line of the log keeps its form although a password looks like its numbers', () => {
  const known = redactor();
  known.add('1000');
  const line = redactLine('{"level":30,"rows":1000,"msg":"the password is 1000"}\n', known);
  assert.deepEqual(JSON.parse(line), { level: 30, rows: 1000, msg: 'the password is [secret]' });
});
