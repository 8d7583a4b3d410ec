import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DrillReport, drillReport, drillReportJSON } from './drillReport.ts';
import { failureReasons } from './failureReason.ts';
import { reportLimit } from './fittingJson.ts';

const full = (text: string): DrillReport => ({
  ...{ version: 1, kind: 'DrillReport', result: 'Failed', reason: 'AssertionFailed' },
  message: text,
  ...{ startedAt: '2026-02-10T10:00:03.123Z', finishedAt: '2026-02-10T10:59:00.123Z' },
  ...{
    set: text,
    snapshotTime: '2026-02-10T02:00:00.000Z',
    target: text,
    serverVersion: text,
    format: 'sql',
  },
  ...{ tables: 1e15, rows: 1e15, bytes: 1e15, comparedTables: 1e15, recoverySeconds: 1e9 },
  stages: Array.from({ length: 8 }, (_, index) => ({ name: `stage ${index}`, seconds: index })),
  assertions: Array.from({ length: 32 }, (_, index) => ({ name: text, held: index % 2 === 0 })),
  notes: Array(40).fill(text),
  warnings: Array(40).fill(text),
});

for (const [what, character] of [
  ['letters', 'x'],
  ['quotes', '"'],
  ['control characters', '\u0001'],
  ['emoji', '🎁'],
]) {
  test(`a report of ${what} fits into a termination message, and keeps result and reason`, () => {
    for (const length of [0, 60, 500, 20_000]) {
      const text = drillReportJSON(full((character ?? '').repeat(length)));
      assert.ok(Buffer.byteLength(text) <= reportLimit, `${Buffer.byteLength(text)} bytes`);
      const { result, reason, rows } = drillReport.parse(JSON.parse(text));
      assert.deepEqual([result, reason, rows], ['Failed', 'AssertionFailed', 1e15]);
    }
  });
}

test('what fits is whole, and what was left out is said', () => {
  const small = { ...full('x'), assertions: [], notes: [], warnings: [] };
  assert.equal(drillReportJSON(small), JSON.stringify(small));
  const { shortened, assertions } = drillReport.parse(JSON.parse(drillReportJSON(full('x'.repeat(63)))));
  assert.equal(shortened, true);
  assert.ok(assertions.length > 0 && assertions.every(({ held }) => !held));
  assert.ok(failureReasons.includes('AssertionFailed'));
});
