import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubectlError } from '../sandbox/kubernetes/access.ts';
import { object, testApi } from '../sandbox/kubernetes/testApi.ts';
import { databaseRestore } from './databaseRestore.ts';
import { badRestores, goodRestores, minimalRestore } from './restoreCasesFixture.ts';
import type { Spec } from './ruleCasesFixture.ts';

const restore = (spec: Spec) => object('DatabaseRestore', 'back', spec);

test('every rule of a restore refuses with its sentence, in the API server and in zod alike', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { name, spec, rule, message, inClusterAlone } of badRestores) {
    await t.test(name, async () => {
      const answer = await api.attempt('DatabaseRestore', 'back', spec);
      assert.equal(answer.status, 422, answer.message);
      const place = rule === '' ? 'spec.source.directory' : rule;
      assert.ok(answer.message.includes(`${place}: Invalid value:`), answer.message);
      assert.ok(answer.message.includes(message), answer.message);
      const { success, error } = databaseRestore.safeParse(restore(spec));
      assert.equal(success, inClusterAlone === true);
      if (!success)
        assert.ok(
          error.issues.some((issue) => issue.message === message),
          error.message,
        );
    });
  }
});

test('a restore that keeps the rules is taken, with the defaults of zod', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  for (const { name, spec } of goodRestores) {
    await t.test(name, async () => {
      const answer = await api.attempt('DatabaseRestore', 'back', spec);
      assert.equal(answer.status, 201, answer.message);
      const expected = databaseRestore.parse(restore(spec)).spec;
      assert.deepEqual(answer.spec, JSON.parse(JSON.stringify(expected)));
    });
  }
});

test('the spec of a restore cannot be changed, and restores are found by their backup', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const { cluster, namespace } = api;
  for (const [name, backupName] of [
    ['back', 'shop'],
    ['other', 'blog'],
  ] as const) {
    const { status, message } = await api.create('DatabaseRestore', name, { ...minimalRestore, backupName });
    assert.equal(status, 201, message);
  }
  for (const spec of [{ clean: true }, { set: '20260210' }, { target: { port: 5433 } }, { retries: 3 }]) {
    const patch = ['patch', 'dbr', 'back', '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })];
    await assert.rejects(
      cluster.kubectl(patch),
      (error) =>
        error instanceof KubectlError && /cannot be changed: create a new DatabaseRestore/.test(error.stderr),
    );
  }
  const found = ['get', 'dbr', '-n', namespace, '--field-selector', 'spec.backupName=shop', '-o', 'name'];
  assert.equal(await cluster.kubectl(found), 'databaserestore.dbbackup.dev/back\n');
});

test('kubectl explain tells what a field does', async (t) => {
  const api = await testApi(t);
  if (!api) return;
  const explain = async (field: string) =>
    (await api.cluster.kubectl(['explain', `databaserestores.${field}`])).replace(/\s+/g, ' ');
  assert.match(await explain('spec.clean'), /Drop what the target holds .* Nobody is asked\./);
  assert.match(await explain('spec.allowSource'), /very database that the set was taken from/);
  assert.match(await explain('status.rows'), /as many as the set has/);
});
