import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { bareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { builtProgram, spawnOperator } from './operatorChildFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { finished } from './reconcile/jobOutcome.ts';
import { report } from './reconcile/observedFixture.ts';

const failing = ['shop-2', 'shop-3', 'shop-6'];
const all = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `shop-${number}`);

function ending(pod: PodOf): Ending {
  if (pod.purpose !== 'run' || !failing.includes(pod.job)) return wellEnding(pod);
  const { email, ...told } = report({
    result: 'Failed',
    reason: 'DatabaseUnreachable',
    message: 'No answer.',
  });
  return { exitCode: 1, report: told };
}

test('runs that came and went while the operator was away have their records and mails afterwards', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster, { ending });
  const { namespace } = world;
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator');
  const spawn = () => spawnOperator(t, { program, kubeconfig, namespace });
  const before = spawn();
  await world.applyBackup('shop');
  await eventually(async () => assert.deepEqual(problems(await world.snapshot(), 'shop'), []));
  before.kill('SIGTERM');
  assert.equal(await before.exited, 0);

  for (const job of all) {
    await world.createJob('shop', job, 'Schedule');
    await eventually(async () => {
      const { jobs } = await world.snapshot();
      const found = jobs.find(({ metadata }) => metadata.name === job);
      assert.ok(found && finished(found));
    });
  }
  assert.deepEqual((await world.snapshot()).runs, []);

  spawn();
  await eventually(async () => {
    const now = await world.snapshot();
    assert.deepEqual(problems(now, 'shop'), []);
    assert.ok(
      now.runs.every(({ status }) => conditionOf(status?.conditions, 'Notified')?.reason !== 'MailPending'),
    );
  });
  assert.deepEqual(pastProblems(world.history, 'shop', all), []);
  const { runs } = await world.snapshot();
  const phases = runs.map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.trigger}`);
  assert.deepEqual(
    phases.sort(),
    all.map((job) => `${job} ${failing.includes(job) ? 'Failed' : 'Succeeded'} Schedule`),
  );
  const failuresInARow = runs.map(
    ({ metadata, status }) => `${metadata.name} ${status?.consecutiveFailures}`,
  );
  assert.ok(failuresInARow.includes('shop-8 0'), failuresInARow.join());
  const { status } = await world.backup('shop');
  assert.equal(status?.lastRun?.name, 'shop-8');
  assert.equal(
    status?.lastSuccessTime,
    runs.find(({ metadata }) => metadata.name === 'shop-8')?.status?.completionTime,
  );
  assert.equal(world.kubelet.ended.filter(({ purpose }) => purpose === 'notify').length, failing.length);
});
