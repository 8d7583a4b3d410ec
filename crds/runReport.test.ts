import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failureReasons } from './failureReason.ts';
import { reportLimit } from './fittingJson.ts';
import { fileFormats, type RunReport, reportJSON, runReport } from './runReport.ts';

const time = '2026-02-10T02:00:00.000Z';
const text = fc.oneof(
  fc.string({ maxLength: 3000, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }),
);
const number = fc.nat();
const reports: fc.Arbitrary<RunReport> = fc.record(
  {
    version: fc.constant(1 as const),
    result: fc.constantFrom('Succeeded' as const, 'Failed' as const),
    reason: fc.constantFrom(...failureReasons),
    message: text,
    startedAt: fc.constant(time),
    finishedAt: fc.constant(time),
    database: text,
    serverVersion: text,
    set: text,
    snapshotTime: fc.constant(time),
    rows: fc.maxSafeNat(),
    bytes: fc.maxSafeNat(),
    folderLink: text,
    files: fc.array(
      fc.record(
        {
          name: text,
          format: fc.constantFrom(...fileFormats),
          rows: fc.maxSafeNat(),
          bytes: fc.maxSafeNat(),
          sha256: fc.constant('a'.repeat(64)),
          link: text,
        },
        { requiredKeys: ['name', 'format', 'bytes'] },
      ),
      { maxLength: 8 },
    ),
    stages: fc.array(fc.record({ name: text, seconds: number }), { maxLength: 20 }),
    retention: fc.record(
      {
        removed: fc.array(fc.record({ set: text, why: text }), { maxLength: 50 }),
        removedCount: number,
        kept: number,
        foreignSets: number,
        damagedSets: number,
        skipped: text,
        skippedReason: fc.constantFrom(...failureReasons),
      },
      { requiredKeys: ['removed', 'removedCount', 'kept', 'foreignSets', 'damagedSets'] },
    ),
    warnings: fc.array(text, { maxLength: 20 }),
    notes: fc.array(text, { maxLength: 20 }),
    email: fc.record({ result: fc.constant('Failed' as const), message: text }),
  },
  { requiredKeys: ['version', 'result', 'startedAt', 'finishedAt', 'files', 'stages', 'warnings', 'notes'] },
);

test('fits into a termination message whatever it holds, and still parses', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const json = reportJSON(report);
      assert.ok(Buffer.byteLength(json) <= reportLimit);
      const parsed = runReport.parse(JSON.parse(json));
      assert.equal(parsed.result, report.result);
      assert.equal(parsed.reason, report.reason);
      if (Buffer.byteLength(JSON.stringify(report)) > reportLimit) assert.equal(parsed.shortened, true);
      else assert.deepEqual(parsed, JSON.parse(JSON.stringify(report)));
    }),
  );
});

test('shortens by its stated order: removed sets go before links of files', () => {
  const report: RunReport = {
    version: 1,
    result: 'Succeeded',
    startedAt: time,
    finishedAt: time,
    files: [{ name: 'b.csv', format: 'csv', bytes: 1, link: 'https://example.com/b.csv' }],
    stages: [],
    warnings: [],
    notes: [],
    retention: {
      removed: Array.from({ length: 200 }, (_, i) => ({ set: `backup_${i}`, why: 'older than 30 days' })),
      removedCount: 200,
      kept: 3,
      foreignSets: 0,
      damagedSets: 0,
    },
  };
  const parsed = runReport.parse(JSON.parse(reportJSON(report)));
  assert.equal(parsed.retention?.removed.length, 5);
  assert.equal(parsed.retention?.removedCount, 200);
  assert.equal(parsed.files[0]?.link, 'https://example.com/b.csv');
});
