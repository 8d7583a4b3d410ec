import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';

const nowhere = 'postgresql://nobody:none@127.0.0.1:1/none';

test('attempts that fail and one that succeeds are one run and one mail', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  await startOperator(t, cluster, world.namespace);
  for (const [name, retries] of [
    ['mended', 2],
    ['lost', 1],
  ] as const) {
    await world.kubectl('create', 'secret', 'generic', `${name}-db`, `--from-literal=uri=${nowhere}`);
    await world.applyBackup(name, { retries, database: { secretRef: { name: `${name}-db` } } });
    await world.until(() => world.kubectl('get', 'cronjob', name));
    await world.kubectl('create', 'job', `--from=cronjob/${name}`, `${name}-1`);
  }
  const mails = (name: string) =>
    world.mailbox.messages().filter(({ subject }) => subject.includes(`/${name} `));
  const podsFailed = async (name: string) => {
    const job = JSON.parse(await world.kubectl('get', 'job', `${name}-1`, '-o', 'json'));
    return (job.status.failed as number | undefined) ?? 0;
  };

  await world.until(async () => {
    const { status } = await world.run('mended-1');
    assert.deepEqual([status?.phase, status?.reason], ['Running', 'DatabaseUnreachable']);
  });
  await world.until(async () => assert.equal(await podsFailed('mended'), 2));
  const patch = JSON.stringify({ stringData: { uri: world.uri } });
  await world.kubectl('patch', 'secret', 'mended-db', '-p', patch);
  const mended = await world.until(async () => {
    const { status } = await world.run('mended-1');
    assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));
    return status;
  });
  assert.deepEqual([mended?.attempts, mended?.reason, mended?.rows], [3, undefined, 1]);
  assert.equal(conditionOf(mended?.conditions, 'Notified')?.reason, 'MailSent');

  await world.until(async () => {
    const { status } = await world.run('lost-1');
    assert.deepEqual([status?.phase, status?.reason, status?.attempts], ['Failed', 'DatabaseUnreachable', 2]);
    assert.equal(conditionOf(status?.conditions, 'Notified')?.reason, 'MailSent');
  });
  assert.deepEqual(
    ['mended', 'lost'].map((name) => mails(name).map(({ subject }) => subject.slice(0, 1))),
    [['✓'], ['✗']],
  );
});
