import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceDefinition } from './customResourceDefinition.ts';
import { defaultLookback } from './sheetSpec.ts';
import { sheetSync, syncSpec } from './sheetSync.ts';
import { syncReport, syncReportJSON } from './syncReport.ts';

const sheet = { name: 'Orders', table: 'public.orders' };
const sync = (sheets: unknown, name = 'shop') => ({
  apiVersion: 'dbbackup.dev/v1alpha1',
  kind: 'SheetSync',
  metadata: { name },
  spec: {
    database: { secretRef: { name: 'shop-db' } },
    spreadsheet: {
      googleSheets: {
        spreadsheetID: '1AbCdEfGhIjKlMnOpQrStUvWxYz',
        credentialsSecretRef: { name: 'drive-oauth' },
      },
    },
    sheets,
  },
});

test('the least that a sync needs has every default', () => {
  const { spec } = sheetSync.parse(sync([sheet]));
  assert.deepEqual(spec.sheets, [{ ...sheet, header: true, mode: 'Replace', numbers: 'Text', create: true }]);
  assert.deepEqual([spec.timeoutSeconds, spec.retries, spec.timeZone], [3600, 2, 'UTC']);
  assert.equal(defaultLookback, 10_000);
});

const append = { ...sheet, mode: 'Append', keyColumn: 'id' };
const bad: [name: string, sheets: unknown, message: RegExp][] = [
  ['no sheet', [], /Too small/],
  ['table and query', [{ ...sheet, query: 'SELECT 1' }], /exactly one of table and query/],
  ['neither', [{ name: 'Orders' }], /exactly one of table and query/],
  ['a table without schema', [{ name: 'Orders', table: 'orders' }], /write schema\.table, without wildcards/],
  ['a table with a wildcard', [{ name: 'Orders', table: 'public.*' }], /without wildcards/],
  ['Append without key', [{ ...sheet, mode: 'Append' }], /mode Append needs keyColumn/],
  ['a key for Replace', [{ ...sheet, keyColumn: 'id' }], /mode Replace takes none/],
  ['lookback for Replace', [{ ...sheet, lookback: 5 }], /lookback belongs to mode Append/],
  ['a key that is not shown', [{ ...append, columns: ['note'] }], /keyColumn is not among columns/],
  ['a column twice', [{ ...sheet, columns: ['id', 'id'] }], /names a column twice/],
  ['one name twice', [sheet, { ...sheet, name: 'ORDERS' }], /two sheets have one name/],
  ['a blank at the end', [{ ...sheet, name: 'Orders ' }], /without a blank at its ends/],
  ['a name of ours', [{ ...sheet, name: 'dbbackup staging x' }], /which are removed/],
  ['an unknown mode', [{ ...sheet, mode: 'Merge' }], /Invalid option/],
];
for (const [name, sheets, message] of bad) {
  test(`refused: ${name}`, () => {
    const { success, error } = sheetSync.safeParse(sync(sheets));
    assert.ok(!success);
    assert.match(error.issues.map((issue) => issue.message).join('\n'), message);
  });
}

test('good: an Append with all its fields, and names that differ', () => {
  const query = 'SELECT * FROM orders';
  sheetSync.parse(
    sync([
      { ...append, columns: ['id', 'note'], lookback: 0, maxRows: 5, numbers: 'Number', create: false },
      { name: "Ann's", query, header: false },
    ]),
  );
});

test('the name leaves room for that of the CronJob', () => {
  sheetSync.parse(sync([sheet], 's'.repeat(47)));
  assert.throws(() => sheetSync.parse(sync([sheet], 's'.repeat(48))), /more than 47 characters/);
});

test('the spec can be said as a CRD, with a CEL rule for each rule of zod', () => {
  const definition = customResourceDefinition({
    ...{ kind: 'SheetSync', plural: 'sheetsyncs', shortName: 'ss', description: 'for the test' },
    ...{ spec: syncSpec, status: syncSpec, rules: [], columns: [] },
  });
  const text = JSON.stringify(definition);
  for (const part of ['has(self.table) != has(self.query)', 'lowerAscii', 'self.keyColumn in self.columns']) {
    assert.ok(text.includes(part), part);
  }
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
