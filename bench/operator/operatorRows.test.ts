import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatorFacts } from './measureOperator.ts';
import { growthRows, operatorRows } from './operatorRows.ts';

const use = (mebibytes: number) => ({
  residentBytes: mebibytes * 2 ** 20,
  anonymousBytes: (mebibytes - 50) * 2 ** 20,
  peakBytes: 140 * 2 ** 20,
  cpuSeconds: 12,
});
const facts = (change: Partial<OperatorFacts> = {}): OperatorFacts => ({
  count: 1000,
  cronJobSeconds: 10,
  bareSeconds: [3, 5],
  readySeconds: 30,
  cpuSeconds: 12,
  requests: new Map([
    ['patch cronjobs', 1000],
    ['create jobs', 1000],
    ['patch databasebackups/status', 2000],
    ['create events', 1005],
    ['list pods', 1],
  ]),
  idle: { seconds: 300, writes: [], renewals: 150, cpuSeconds: 1.5, use: use(110) },
  scrape: { seconds: 0.02, bytes: 2 ** 20, use: use(110) },
  single: { ours: [0.02, 0.04, 0.03], bare: [0.01, 0.01, 0.01] },
  ...change,
});
const verdicts = (change?: Partial<OperatorFacts>) =>
  operatorRows(facts(change)).flatMap(({ ok, figure }) => (ok === undefined ? [] : [`${figure} ${ok}`]));

test('limits are those of 1,000 backups: against the bare client, the least writes, nothing while idle, memory', () => {
  assert.deepEqual(verdicts(), ['2.50 × true', '5.00 true', '0 true', '110 MiB true']);
});

test('one write too many for each backup, or a single one while idle, is over the limit', () => {
  const requests = new Map([['patch databasebackups/status', 6000]]);
  const idle = { ...facts().idle, writes: ['patch databasebackups/status shop'] };
  assert.deepEqual(verdicts({ requests, idle }), ['2.50 × true', '6.00 false', '1 false', '110 MiB true']);
});

test('where the system tells no memory there is no verdict on it', () => {
  const idle = { ...facts().idle, use: undefined, cpuSeconds: undefined };
  assert.deepEqual(verdicts({ idle }), ['2.50 × true', '5.00 true', '0 true']);
});

test('growth compares time, processor and memory for each backup, from the fewest to the most', () => {
  const more = facts({
    count: 5000,
    cronJobSeconds: 60,
    cpuSeconds: 66,
    idle: { ...facts().idle, use: use(210) },
  });
  assert.deepEqual(
    growthRows([facts(), more]).map(({ figure, ours }) => `${figure} ${ours}`),
    ['1.20 × 12.0 ms', '1.10 × 13.2 ms', '– 25.6 KiB'],
  );
  assert.deepEqual(growthRows([facts()]), []);
});
