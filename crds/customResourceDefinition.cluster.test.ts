import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { object, testApi } from '../sandbox/kubernetes/testApi.ts';
import { apiVersion, databaseBackup } from './databaseBackup.ts';
import { databaseBackupRun } from './databaseBackupRun.ts';
import { minimalRestore } from './restoreCasesFixture.ts';
import { badSpecs, goodSpecs, minimalSpec, type Spec } from './ruleCasesFixture.ts';
import { expressions, nonsense } from './schedule/expressionFixture.ts';

const backup = (spec: Spec) => object('DatabaseBackup', 'shop', spec);
const run = (name: string, spec: Spec) => object('DatabaseBackupRun', name, spec);

/** What zod says of a backup; undefined if it takes it. */
function zodRefusal(spec: Spec): string | undefined {
  const parsed = databaseBackup.safeParse(backup(spec));
  return parsed.success ? undefined : parsed.error.issues.map(({ message }) => message).join('\n');
}

test('the API server takes the CRDs as structural and serves them', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const plural of [
    'databasebackups',
    'databasebackupruns',
    'databaserestores',
    'sheetsyncs',
    'sheetsyncruns',
  ]) {
    const json = await api.cluster.kubectl(['get', 'crd', `${plural}.dbbackup.dev`, '-o', 'json']);
    const { status } = JSON.parse(json) as { status: { conditions: { type: string; status: string }[] } };
    const conditions = new Map(status.conditions.map((condition) => [condition.type, condition.status]));
    assert.equal(conditions.get('Established'), 'True');
    assert.equal(conditions.get('NamesAccepted'), 'True');
    assert.equal(conditions.get('NonStructuralSchema'), undefined);
  }
});

test('every rule refuses with its sentence, in the API server and in zod alike', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { name, spec, message, zod = message } of badSpecs) {
    await t.test(name, async () => {
      const answer = await api.attempt('DatabaseBackup', 'shop', spec);
      assert.ok(
        answer.status === 422 && answer.message.includes(message),
        `${answer.status} ${answer.message}`,
      );
      if (zod === null) assert.equal(zodRefusal(spec), undefined);
      else assert.ok(zodRefusal(spec)?.includes(zod), zodRefusal(spec) ?? 'zod takes it');
    });
  }
});

test('every rule lets through what is right, in the API server and in zod alike', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { name, spec } of goodSpecs) {
    await t.test(name, async () => {
      const answer = await api.attempt('DatabaseBackup', 'shop', spec);
      assert.equal(answer.status, 201, answer.message);
      assert.equal(zodRefusal(spec), undefined);
    });
  }
});

test('the API server fills in the defaults that zod fills in', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { name, spec } of goodSpecs) {
    const answer = await api.attempt('DatabaseBackup', 'shop', spec);
    assert.deepEqual(answer.spec, plain(databaseBackup.parse(backup(spec)).spec), name);
  }
});

test('the API server takes every schedule that a CronJob takes', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const taken: fc.Arbitrary<string> = fc
    .oneof({ weight: 4, arbitrary: expressions }, { weight: 1, arbitrary: nonsense })
    .filter((schedule) => schedule.length <= 128 && zodRefusal({ ...minimalSpec, schedule }) === undefined);
  for (const schedule of fc.sample(taken, 150)) {
    const answer = await api.attempt('DatabaseBackup', 'shop', { ...minimalSpec, schedule });
    assert.equal(answer.status, 201, `"${schedule}" ${answer.message}`);
  }
});

test('the spec of a run cannot be changed, and runs are found by their backup', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const { cluster, namespace } = api;
  assert.equal((await api.create('DatabaseBackupRun', 'first', { backupName: 'shop' })).status, 201);
  assert.equal(
    (await api.create('DatabaseBackupRun', 'other', { backupName: 'blog', requestedBy: 'Ann' })).status,
    201,
  );
  for (const spec of [{ requestedBy: 'Bob' }, { backupName: 'blog' }]) {
    const patch = ['patch', 'dbbr', 'first', '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })];
    await assert.rejects(cluster.kubectl(patch), /spec: .*cannot be changed: create a new DatabaseBackupRun/);
  }
  const found = ['get', 'dbbr', '-n', namespace, '--field-selector', 'spec.backupName=shop', '-o', 'name'];
  assert.equal(await cluster.kubectl(found), 'databasebackuprun.dbbackup.dev/first\n');
  const expected = plain(databaseBackupRun.parse(run('first', { backupName: 'shop' })).spec);
  const path = `/apis/${apiVersion}/namespaces/${namespace}/databasebackupruns/first`;
  assert.deepEqual(JSON.parse((await cluster.request('GET', path)).body).spec, expected);
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

/** As JSON has it: without what is undefined. */
const plain = (value: z.output<z.ZodType>): unknown => JSON.parse(JSON.stringify(value));
