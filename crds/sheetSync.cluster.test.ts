import assert from 'node:assert/strict';
import { test } from 'node:test';
import { object, testApi } from '../sandbox/kubernetes/testApi.ts';
import { testExplanations, testRequest, testRules } from './kindCasesFixture.ts';
import { longestRunName } from './runRecord.ts';
import { longestSyncName, sheetSync } from './sheetSync.ts';
import { sheetSyncRun } from './sheetSyncRun.ts';
import { badSyncs, goodSyncs, minimalSync } from './syncCasesFixture.ts';

testRules({ kind: 'SheetSync', schema: sheetSync, bad: badSyncs, good: goodSyncs });

testRequest({
  ...{ kind: 'SheetSyncRun', shortName: 'ssr', schema: sheetSyncRun, owner: 'syncName' },
  ...{ changes: [], advice: 'SheetSyncRun for another run' },
});

testExplanations('sheetsyncs', {
  'spec.sheets.mode': /changed in one moment.* whose key is not in the tab are written below/,
  'spec.sheets.lookback': /Else 10000/,
  'status.lastSuccessTime': /brought every tab up to the database/,
});

const names = [
  { kind: 'SheetSync', schema: sheetSync, spec: minimalSync, longest: longestSyncName },
  { kind: 'SheetSyncRun', schema: sheetSyncRun, spec: { syncName: 'shop' }, longest: longestRunName },
];
for (const { kind, schema, spec, longest } of names) {
  test(`a ${kind} may have a name of ${longest} characters and not one more`, async (t) => {
    const api = await testApi(t);
    if (!api) return;
    for (const [length, status] of [
      [longest, 201],
      [longest + 1, 422],
    ] as const) {
      const name = 's'.repeat(length);
      const answer = await api.attempt(kind, name, spec);
      assert.equal(answer.status, status, answer.message);
      assert.equal(schema.safeParse(object(kind, name, spec)).success, status === 201);
    }
  });
}

test('a SheetSyncRun names a sync that can be: a name of at most 47 characters', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const [syncName, status] of [
    ['s'.repeat(longestSyncName), 201],
    ['s'.repeat(longestSyncName + 1), 422],
    ['Shop', 422],
    ['', 422],
  ] as const) {
    const answer = await api.attempt('SheetSyncRun', 'now', { syncName });
    assert.equal(answer.status, status, answer.message);
    assert.equal(sheetSyncRun.safeParse(object('SheetSyncRun', 'now', { syncName })).success, status === 201);
  }
});
