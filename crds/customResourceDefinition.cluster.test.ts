import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { object, testApi } from '../sandbox/kubernetes/testApi.ts';
import { databaseBackup } from './databaseBackup.ts';
import { databaseBackupRun } from './databaseBackupRun.ts';
import { type Spec, testRequest, testRules } from './kindCasesFixture.ts';
import { resources } from './resources.ts';
import { minimalRestore } from './restoreCasesFixture.ts';
import { badSpecs, goodSpecs, minimalSpec } from './ruleCasesFixture.ts';
import { expressions, nonsense } from './schedule/expressionFixture.ts';
import { minimalSync } from './syncCasesFixture.ts';

const backup = (spec: Spec) => object('DatabaseBackup', 'shop', spec);

test('the API server takes the CRDs as structural and serves them', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { plural } of resources) {
    const json = await api.cluster.kubectl(['get', 'crd', `${plural}.dbbackup.dev`, '-o', 'json']);
    const { status } = JSON.parse(json) as { status: { conditions: { type: string; status: string }[] } };
    const conditions = new Map(status.conditions.map((condition) => [condition.type, condition.status]));
    assert.equal(conditions.get('Established'), 'True');
    assert.equal(conditions.get('NamesAccepted'), 'True');
    assert.equal(conditions.get('NonStructuralSchema'), undefined);
  }
});

testRules({ kind: 'DatabaseBackup', schema: databaseBackup, bad: badSpecs, good: goodSpecs });

test('the API server takes every schedule that a CronJob takes', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const taken: fc.Arbitrary<string> = fc
    .oneof({ weight: 4, arbitrary: expressions }, { weight: 1, arbitrary: nonsense })
    .filter(
      (schedule) =>
        schedule.length <= 128 && databaseBackup.safeParse(backup({ ...minimalSpec, schedule })).success,
    );
  for (const schedule of fc.sample(taken, 150)) {
    const answer = await api.attempt('DatabaseBackup', 'shop', { ...minimalSpec, schedule });
    assert.equal(answer.status, 201, `"${schedule}" ${answer.message}`);
  }
});

testRequest({
  ...{ kind: 'DatabaseBackupRun', shortName: 'dbbr', schema: databaseBackupRun, owner: 'backupName' },
  ...{ changes: [], advice: 'DatabaseBackupRun for another run' },
});

test('kubectl get shows the columns of the design', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const { cluster, namespace } = api;
  const input = JSON.stringify({ ...backup(minimalSpec), metadata: { name: 'shop', namespace } });
  await cluster.kubectl(['apply', '-f', '-'], { input });
  await api.create('DatabaseBackupRun', 'first', { backupName: 'shop' });
  const header = async (...args: string[]) =>
    (await cluster.kubectl(['get', ...args, '-n', namespace]))
      .split('\n')[0]
      ?.trim()
      .split(/ {2,}/)
      .join('|');
  const columns = 'NAME|READY|SCHEDULE|LAST RESULT|LAST SUCCESS|SIZE|NEXT|AGE';
  assert.equal(await header('dbb'), columns);
  assert.equal(await header('dbb', '-o', 'wide'), `${columns}|ROWS|SUSPEND|DRILL|RECOVERY|MESSAGE`);
  const runColumns = 'NAME|BACKUP|PHASE|TRIGGER|STARTED|DURATION|ROWS|SIZE|REASON';
  assert.equal(await header('dbbr'), runColumns);
  assert.equal(await header('dbbr', '-o', 'wide'), `${runColumns}|MESSAGE`);
  await api.create('DatabaseRestore', 'back', minimalRestore);
  await api.create('SheetSync', 'shop', minimalSync);
  await api.create('SheetSyncRun', 'first', { syncName: 'shop' });
  const syncColumns = 'NAME|READY|SCHEDULE|LAST RESULT|ROWS|LAST SYNC|NEXT|AGE';
  assert.equal(await header('ss'), syncColumns);
  assert.equal(await header('ss', '-o', 'wide'), `${syncColumns}|SUSPEND|MESSAGE`);
  const syncRunColumns = 'NAME|SYNC|PHASE|TRIGGER|STARTED|DURATION|ROWS|REASON';
  assert.equal(await header('ssr'), syncRunColumns);
  assert.equal(await header('ssr', '-o', 'wide'), `${syncRunColumns}|MESSAGE`);
  const restoreColumns = 'NAME|PHASE|SET|TARGET|ROWS|DURATION|AGE|REASON';
  assert.equal(await header('dbr'), restoreColumns);
  assert.equal(await header('dbr', '-o', 'wide'), `${restoreColumns}|BACKUP|MESSAGE`);
});

test('the API server takes every example', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const folder = join(import.meta.dirname, '..', 'examples');
  for (const file of globSync('*.yaml', { cwd: folder })) {
    const input = readFileSync(join(folder, file), 'utf8').replaceAll(
      'namespace: shop',
      `namespace: ${api.namespace}`,
    );
    await api.cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
  }
});
