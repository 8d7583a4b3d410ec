import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failureReasons } from './failureReason.ts';
import { reportLimit } from './fittingJson.ts';
import { type RestoreReport, restoreReport, restoreReportJSON } from './restoreReport.ts';
import { fileFormats } from './runReport.ts';

const time = '2026-02-10T02:00:00.000Z';
const text = fc.oneof(
  fc.string({ maxLength: 3000, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }),
);
const reports: fc.Arbitrary<RestoreReport> = fc.record(
  {
    version: fc.constant(1 as const),
    kind: fc.constant('RestoreReport' as const),
    result: fc.constantFrom('Succeeded' as const, 'Failed' as const),
    reason: fc.constantFrom(...failureReasons),
    message: text,
    startedAt: fc.constant(time),
    finishedAt: fc.constant(time),
    set: text,
    snapshotTime: fc.constant(time),
    target: text,
    format: fc.constantFrom(...fileFormats),
    tables: fc.maxSafeNat(),
    rows: fc.maxSafeNat(),
    bytes: fc.maxSafeNat(),
    dropped: fc.array(text, { maxLength: 20 }),
    notes: fc.array(text, { maxLength: 20 }),
  },
  { requiredKeys: ['version', 'kind', 'result', 'startedAt', 'finishedAt', 'notes'] },
);

test('a report of whatever content parses, fits into a termination message and keeps its facts', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const json = restoreReportJSON(report);
      assert.ok(Buffer.byteLength(json) <= reportLimit);
      const kept = restoreReport.parse(JSON.parse(json));
      const { result, reason, tables, rows, bytes, format } = report;
      assert.deepEqual(
        [kept.result, kept.reason, kept.tables, kept.rows, kept.bytes, kept.format],
        [result, reason, tables, rows, bytes, format],
      );
      if (Buffer.byteLength(JSON.stringify(report)) > reportLimit) assert.equal(kept.shortened, true);
      else assert.deepEqual(kept, JSON.parse(JSON.stringify(report)));
    }),
  );
});
