import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CheckReport, checkReport, checkReportJSON, firstFailure, type Probe } from './checkReport.ts';
import { failureReasons, reasonFacts } from './failureReason.ts';
import { reportLimit } from './fittingJson.ts';

const text = fc.oneof(
  fc.string({ maxLength: 3000, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }),
);
const probes: fc.Arbitrary<Probe> = fc.record(
  {
    name: text,
    ok: fc.boolean(),
    message: text,
    warning: fc.constant(true as const),
    notChecked: fc.constant(true as const),
    reason: fc.constantFrom(...failureReasons),
    hint: text,
  },
  { requiredKeys: ['name', 'ok', 'message'] },
);
const reports: fc.Arbitrary<CheckReport> = fc.record({
  version: fc.constant(1 as const),
  kind: fc.constant('CheckReport' as const),
  result: fc.constantFrom('Passed' as const, 'Failed' as const),
  probes: fc.array(probes, { maxLength: 40 }),
});

test('fits into a termination message whatever it holds, still parses, and keeps the first failure', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const json = checkReportJSON(report);
      assert.ok(Buffer.byteLength(json) <= reportLimit);
      const parsed = checkReport.parse(JSON.parse(json));
      assert.equal(parsed.result, report.result);
      const [first, whole] = [firstFailure(parsed), firstFailure(report)];
      assert.equal(first?.reason, whole?.reason);
      for (const key of ['name', 'message', 'hint'] as const) {
        const start = first?.[key]?.replace(/…$/, '').toWellFormed() ?? '';
        assert.ok(whole?.[key]?.toWellFormed().startsWith(start) ?? start === '', key);
      }
      if (Buffer.byteLength(JSON.stringify(report)) > reportLimit) assert.equal(parsed.shortened, true);
      else assert.deepEqual(parsed, JSON.parse(JSON.stringify(report)));
    }),
  );
});

test('shortens by its stated order: hints of later failures go before probes that passed', () => {
  const failed = (name: string): Probe => ({
    ...{ name, ok: false, reason: 'TablePermissionDenied', message: `The role may not read public.${name}.` },
    hint: reasonFacts('TablePermissionDenied').hint,
  });
  const report: CheckReport = {
    ...{ version: 1, kind: 'CheckReport', result: 'Failed' },
    probes: [
      { name: 'spec', ok: true, message: 'DatabaseBackup shop/shop is valid.' },
      ...Array.from({ length: 12 }, (_, index) => failed(`table ${index}`)),
    ],
  };
  const parsed = checkReport.parse(JSON.parse(checkReportJSON(report)));
  assert.equal(parsed.probes.length, 13);
  assert.equal(firstFailure(parsed)?.hint, reasonFacts('TablePermissionDenied').hint);
  assert.deepEqual(
    parsed.probes.filter(({ hint }) => hint !== undefined).map(({ name }) => name),
    ['table 0'],
  );
});
