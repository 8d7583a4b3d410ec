import assert from 'node:assert/strict';
import { test } from 'node:test';
import { object } from '../sandbox/kubernetes/testApi.ts';
import { defaultLookback } from './sheetSpec.ts';
import { sheetSync, syncSpec } from './sheetSync.ts';
import { badSyncs, goodSyncs, minimalSync } from './syncCasesFixture.ts';
import { syncReport, syncReportJSON } from './syncReport.ts';

const sheet = { name: 'Orders', table: 'public.orders' };
const sync = (name: string) => object('SheetSync', name, minimalSync);

test('the least that a sync needs has every default', () => {
  const { spec } = sheetSync.parse(sync('shop'));
  assert.deepEqual(spec.sheets, [{ ...sheet, header: true, mode: 'Replace', numbers: 'Text', create: true }]);
  assert.deepEqual([spec.timeoutSeconds, spec.retries, spec.timeZone], [3600, 2, 'UTC']);
  assert.equal(defaultLookback, 10_000);
});

// What the API server says of these stands in sheetSync.cluster.test.ts.
for (const { name, spec, message } of badSyncs) {
  test(`refused: ${name}`, () => {
    const { error } = syncSpec.safeParse(spec);
    assert.ok(error?.issues.some((issue) => issue.message === message));
  });
}

const bad: [name: string, sheets: unknown, message: RegExp][] = [
  ['no sheet', [], /Too small/],
  ['a column twice', [{ ...sheet, columns: ['id', 'id'] }], /names a column twice/],
  ['an unknown mode', [{ ...sheet, mode: 'Merge' }], /Invalid option/],
];
for (const [name, sheets, message] of bad) {
  test(`refused: ${name}`, () => assert.throws(() => syncSpec.parse({ ...minimalSync, sheets }), message));
}

for (const { name, spec } of goodSyncs) test(`good: ${name}`, () => void syncSpec.parse(spec));

test('the name leaves room for that of the CronJob', () => {
  sheetSync.parse(sync('s'.repeat(47)));
  assert.throws(() => sheetSync.parse(sync('s'.repeat(48))), /more than 47 characters/);
});

test('a report of twenty sheets with long names and sentences fits into a termination message', () => {
  const long = 'ä'.repeat(2_000);
  const json = syncReportJSON({
    ...{ version: 1, kind: 'SyncReport', result: 'Failed', reason: 'InvalidQuery', message: long },
    ...{ startedAt: '2026-11-26T00:00:00Z', finishedAt: '2026-11-26T00:00:00Z' },
    ...{ database: long, spreadsheet: long, link: `https://example.com/${long}`, serverVersion: '15.18' },
    sheets: Array.from({ length: 20 }, () => ({
      ...{
        name: '😀'.repeat(50),
        mode: 'Replace' as const,
        rows: 9_999_999,
        columns: 1664,
        inPlace: true as const,
      },
    })),
    ...{ stages: [], warnings: Array(20).fill(long), notes: Array(20).fill(long) },
    email: { result: 'Failed', message: long },
  });
  assert.ok(Buffer.byteLength(json) <= 4096);
  assert.equal(syncReport.parse(JSON.parse(json)).shortened, true);
});
