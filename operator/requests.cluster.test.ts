import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubectlError } from '../sandbox/kubernetes/access.ts';
import { dbbackupImage } from '../sandbox/kubernetes/node/dbbackupImage.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';

test('runs on demand: requests wait for each other, names are used once, records can go', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  const { kubectl, node } = world;
  const operator = await startOperator(t, cluster, world.namespace);
  const request = (name: string, spec: object = {}) =>
    world.apply({
      apiVersion: 'dbbackup.dev/v1alpha1',
      kind: 'DatabaseBackupRun',
      metadata: { name },
      spec: { backupName: 'shop', ...spec },
    });
  const phase = (name: string, expected: string, reason?: string) =>
    world.until(async () => {
      const { status } = await world.run(name);
      assert.deepEqual([status?.phase, status?.reason], [expected, reason], JSON.stringify(status));
      return status;
    });
  const jobs = async () =>
    (await kubectl('get', 'job', '-l', 'dbbackup.dev/purpose=run', '-o', 'name'))
      .split('\n')
      .filter(Boolean)
      .sort();

  await t.test('a request without its backup waits for it', async () => {
    await request('early', { requestedBy: 'Ann, before the migration' });
    await world.applyBackup('shop', { retries: 0 });
    const status = await phase('early', 'Succeeded');
    assert.equal(status?.trigger, 'API');
    assert.deepEqual(await jobs(), ['job.batch/early']);
    const events = await world.events('shop');
    assert.ok(
      events.some((event) => /RunStarted.*requested by Ann, before the migration/.test(event)),
      events.join('\n'),
    );
  });

  await t.test(
    'while a run is active requests wait and say so; then they run, the oldest first',
    async () => {
      node.addImage('dbbackup:test', { entrypoint: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] });
      await kubectl('create', 'job', '--from=cronjob/shop', 'long');
      await phase('long', 'Running');
      await request('first');
      await phase('first', 'Pending');
      await request('second');
      const waits = await phase('second', 'Pending');
      assert.equal(waits?.message, 'Waits until run first of the same backup has ended.');
      assert.equal(
        (await world.run('first')).status?.message,
        'Waits until run long of the same backup has ended.',
      );
      assert.equal((await world.backup('shop')).status?.activeRun, 'long');
      assert.deepEqual(await jobs(), ['job.batch/early', 'job.batch/long']);
      node.addImage('dbbackup:test', dbbackupImage({ DBBACKUP_GOOGLE_URL: world.google.url }));
      await kubectl('delete', 'job', 'long', '--wait=false');
      await phase('long', 'Failed', 'JobDeleted');
      const [one, two] = [await phase('first', 'Succeeded'), await phase('second', 'Succeeded')];
      assert.ok(
        (one?.completionTime ?? '') <= (two?.startTime ?? ''),
        `${one?.completionTime} ${two?.startTime}`,
      );
    },
  );

  await t.test('two runs at once by kubectl overlap harmlessly: two sets, two records', async () => {
    const before = world.google.files().filter(({ name }) => name.endsWith('.manifest.json')).length;
    await kubectl('create', 'job', '--from=cronjob/shop', 'twin-a');
    await kubectl('create', 'job', '--from=cronjob/shop', 'twin-b');
    const [a, b] = [await phase('twin-a', 'Succeeded'), await phase('twin-b', 'Succeeded')];
    const links = [a, b].flatMap((status) => status?.files?.map(({ link }) => link));
    assert.equal(new Set(links).size, links.length);
    assert.equal(
      world.google.files().filter(({ name }) => name.endsWith('.manifest.json')).length,
      before + 2,
    );
  });

  await t.test('a name that is used again has a record of its own', async () => {
    await kubectl('delete', 'job', 'twin-a');
    await kubectl('create', 'job', '--from=cronjob/shop', 'twin-a');
    await world.until(async () => {
      const again = (await world.runs('shop')).filter(({ metadata }) => metadata.name.startsWith('twin-a'));
      assert.deepEqual(
        again.map(({ status }) => status?.phase),
        ['Succeeded', 'Succeeded'],
      );
      assert.match(again[1]?.metadata.name ?? '', /^twin-a-again-[0-9a-f]{8}$/);
    });
  });

  await t.test(
    'deleting the record of a finished run removes the record alone, and it is not made again',
    async () => {
      await kubectl('delete', 'databasebackuprun', 'twin-b');
      await kubectl('annotate', 'job', 'twin-b', 'example.com/touched=1');
      await request('after');
      await phase('after', 'Succeeded');
      assert.ok((await jobs()).includes('job.batch/twin-b'));
      assert.ok(!(await world.runs('shop')).some(({ metadata }) => metadata.name === 'twin-b'));
    },
  );

  await t.test('deleting an active run cancels its Job', async () => {
    node.addImage('dbbackup:test', { entrypoint: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] });
    await request('cancelled');
    await phase('cancelled', 'Running');
    await kubectl('delete', 'databasebackuprun', 'cancelled');
    await world.until(async () => assert.ok(!(await jobs()).includes('job.batch/cancelled')));
    node.addImage('dbbackup:test', dbbackupImage({ DBBACKUP_GOOGLE_URL: world.google.url }));
  });

  await t.test('a Job that a quota refuses is made when the quota goes soon, and else told', async () => {
    const jobsOf = 'count/jobs.batch';
    const close = async () => {
      const spec = { hard: { [jobsOf]: '0' } };
      await world.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec });
      await world.until(async () =>
        assert.match(await kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}'), /jobs/),
      );
    };
    const refusals = async () => {
      const { text } = await operator.page('/metrics');
      const counts = text.matchAll(/^rest_client_requests_total\{[^}]*code="403"[^}]*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await close();
    const before = await refusals();
    await request('soon');
    await world.until(async () => assert.ok((await refusals()) > before));
    await kubectl('delete', 'quota', 'none');
    await phase('soon', 'Succeeded');
    await close();
    await request('refused');
    const status = await phase('refused', 'Failed', 'PodRefused');
    assert.match(status?.message ?? '', /a quota or a policy/);
    await kubectl('delete', 'quota', 'none');
  });

  await t.test('a foreign Job of the name is never taken', async () => {
    await kubectl('create', 'job', 'foreign', '--image=node:26', '--', 'true');
    await request('foreign');
    await phase('foreign', 'Failed', 'NameTaken');
  });

  await t.test('the spec of a run cannot be changed', async () => {
    await assert.rejects(
      kubectl('patch', 'databasebackuprun', 'after', '--type=merge', '-p', '{"spec":{"requestedBy":"Bob"}}'),
      (error) => error instanceof KubectlError && /cannot be changed/.test(error.stderr),
    );
  });

  await t.test('a waiting run fails when its backup goes', async () => {
    node.addImage('dbbackup:test', { entrypoint: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] });
    await request('blocking');
    await phase('blocking', 'Running');
    await request('waiting');
    await phase('waiting', 'Pending');
    await kubectl('delete', 'databasebackup', 'shop', '--wait=false');
    await phase('waiting', 'Failed', 'BackupNotFound');
    await world.until(async () => assert.deepEqual(await jobs(), []));
  });
});
