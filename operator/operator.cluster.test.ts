import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';

test('a backup is checked, runs on demand, and its status tells what lies in Drive', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(
    t,
    cluster,
    'CREATE TABLE items AS SELECT g AS id FROM generate_series(1, 7) g',
  );
  const operator = await startOperator(t, cluster, world.namespace);
  await world.applyBackup('shop', { schedule: '0 2 * * *' });
  await world.until(async () => {
    const { status } = await world.backup('shop');
    assert.deepEqual(conditionOf(status?.conditions, 'Ready')?.status, 'True', JSON.stringify(status));
  });
  await world.kubectl('create', 'job', '--from=cronjob/shop', 'shop-now');
  const run = await world.until(async () => {
    const found = await world.run('shop-now');
    assert.equal(found.status?.phase, 'Succeeded', JSON.stringify(found.status));
    return found;
  });
  assert.equal(run.status?.trigger, 'Manual');
  assert.equal(run.status?.rows, 7);
  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );
  assert.equal(await operator.stop(), 0);
});
