import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { annotations } from './reconcile/kinds.ts';

const threeDays = 3 * 86_400_000;

test('scheduled times that nobody kept are told once, and a success ends it', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  const { kubectl, mailbox } = world;
  const conditions = async () => {
    const { status } = await world.backup('shop');
    return ['ScheduleMissed', 'Stale'].map((type) => conditionOf(status?.conditions, type)?.status);
  };
  const subjects = () => mailbox.messages().map(({ subject }) => subject);
  const restart = async (before: Awaited<ReturnType<typeof startOperator>>) => {
    await before.stop();
    return startOperator(t, cluster, world.namespace);
  };

  let operator = await startOperator(t, cluster, world.namespace);
  await world.applyBackup('shop', { schedule: '0 2 * * *' });
  await world.until(async () => assert.deepEqual(await conditions(), ['False', 'False']));

  // As after three days in which the CronJob controller did not work.
  await operator.stop();
  const since = new Date(Date.now() - threeDays).toISOString();
  await kubectl('annotate', 'cronjob', 'shop', '--overwrite', `${annotations.scheduledSince}=${since}`);
  operator = await startOperator(t, cluster, world.namespace);
  await world.until(async () => assert.deepEqual(await conditions(), ['True', 'True']));
  await world.until(async () => assert.equal(subjects().length, 2));
  for (const reason of ['ScheduleMissed', 'NoRecentSuccess'])
    assert.ok(
      subjects().some((subject) => subject.endsWith(`(${reason})`)),
      subjects().join('\n'),
    );
  await world.until(async () => {
    const found = await world.events('shop');
    for (const reason of ['ScheduleMissed', 'NoRecentSuccess'])
      assert.equal(
        found.filter((event) => event.startsWith(`Warning ${reason}`)).length,
        1,
        found.join('\n'),
      );
    // The CronJob controller warns of what it takes for its own.
    assert.ok(!found.some((event) => event.includes('UnexpectedJob')), found.join('\n'));
  });

  operator = await restart(operator);
  await kubectl('annotate', 'databasebackup', 'shop', `${annotations.checkNow}=again`);
  await world.until(async () =>
    assert.equal((await world.backup('shop')).status?.lastCheck?.checkNow, 'again'),
  );
  assert.deepEqual(await conditions(), ['True', 'True']);

  await kubectl('create', 'job', '--from=cronjob/shop', 'shop-now');
  await world.until(async () => assert.equal((await world.run('shop-now')).status?.phase, 'Succeeded'));
  await world.until(async () => assert.deepEqual(await conditions(), ['False', 'False']));
  assert.deepEqual(
    subjects().map((subject) => subject.slice(0, 1)),
    ['✗', '✗', '✓'],
    subjects().join('\n'),
  );
});
