import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { finished } from './reconcile/jobOutcome.ts';
import type { Job } from './reconcile/kinds.ts';
import { report } from './reconcile/observedFixture.ts';

const failing = ['shop-2', 'shop-7', 'shop-8', 'lost-2'];
const all = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `shop-${number}`);
const triggerOf = (name: string) => (/[13579]$/.test(name) ? 'Schedule' : 'Manual');

function ending(pod: PodOf): Ending {
  if (pod.purpose !== 'run' || !failing.includes(pod.job)) return wellEnding(pod);
  const { email, ...told } = report({
    result: 'Failed',
    reason: 'DatabaseUnreachable',
    message: 'No answer.',
  });
  return { exitCode: 1, report: told };
}

/** A Job that has ended, a second before whatever comes next: Kubernetes tells times in seconds. */
async function endedJob({ createJob, snapshot }: BareWorld, backup: string, name: string): Promise<Job> {
  await createJob(backup, name, triggerOf(name));
  return eventually(async () => {
    const { jobs } = await snapshot();
    const job = jobs.find(({ metadata }) => metadata.name === name);
    const end = job && finished(job)?.time;
    assert.ok(end && Date.now() > Date.parse(end) + 1000, `Job ${name} has ended just now, or not yet.`);
    return job;
  });
}

/** A world with backups that were checked, and without its operator. */
async function abandonedWorld(t: TestContext, backups: readonly string[]) {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster, { ending });
  const { namespace } = world;
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator');
  const spawn = (): OperatorChild => spawnOperator(t, { program, kubeconfig, namespace });
  const before = spawn();
  for (const backup of backups) await world.applyOwner(backup);
  await eventually(async () => {
    const now = await world.snapshot();
    for (const backup of backups) assert.deepEqual(problems(now, backup), []);
  });
  before.kill('SIGTERM');
  assert.equal(await before.exited, 0);
  return { world, spawn };
}

test('runs that came and went while the operator was away have their records and mails afterwards', async (t) => {
  const made = await abandonedWorld(t, ['shop', 'lost', 'asked']);
  if (!made) return;
  const { world, spawn } = made;
  const jobs = new Map<string, Job>();
  for (const name of all) jobs.set(name, await endedJob(world, 'shop', name));
  // Two whose pods somebody has tidied away, and a request.
  for (const name of ['lost-1', 'lost-2']) jobs.set(name, await endedJob(world, 'lost', name));
  const pods = ['delete', 'pod', '-l', 'dbbackup.dev/backup=lost,dbbackup.dev/purpose=run'];
  await world.cluster.kubectl(['-n', world.namespace, ...pods, '--force', '--grace-period=0']);
  await world.createRun('asked', 'asked-1');
  assert.deepEqual(
    (await world.snapshot()).runs.map(({ metadata }) => metadata.name),
    ['asked-1'],
  );

  spawn();
  const runs = await eventually(async () => {
    const now = await world.snapshot();
    for (const backup of ['shop', 'asked']) assert.deepEqual(problems(now, backup), []);
    assert.equal(now.runs.length, jobs.size + 1);
    for (const { status } of now.runs) {
      assert.ok(status?.completionTime, JSON.stringify(status));
      assert.notEqual(conditionOf(status.conditions, 'Notified')?.reason, 'MailPending');
    }
    return new Map(now.runs.map((run) => [run.metadata.name, run]));
  });
  assert.deepEqual(pastProblems(world.history, 'shop', all), []);
  assert.deepEqual(pastProblems(world.history, 'asked', ['asked-1']), []);

  const told = (name: string) => {
    const { phase, trigger, reason, completionTime, consecutiveFailures } = runs.get(name)?.status ?? {};
    return [name, phase, trigger, reason, completionTime, consecutiveFailures];
  };
  const failuresInARow = [0, 1, 0, 0, 0, 0, 1, 2];
  for (const [index, name] of all.entries()) {
    const job = jobs.get(name) as Job;
    const how = failing.includes(name) ? ['Failed', 'DatabaseUnreachable'] : ['Succeeded', undefined];
    const end = job.status?.completionTime ?? finished(job)?.time;
    assert.deepEqual(told(name), [name, how[0], triggerOf(name), how[1], end, failuresInARow[index]]);
  }
  // Nobody knows any more what their runners said: no success is told.
  assert.deepEqual(told('lost-1').slice(1, 4), ['Failed', 'Schedule', 'ReportMissing']);
  assert.deepEqual(told('lost-2').slice(1, 4), ['Failed', 'Manual', 'PodDeleted']);
  assert.deepEqual(told('asked-1').slice(1, 4), ['Succeeded', 'API', undefined]);

  const { status } = await world.owner('shop');
  assert.equal(status?.lastRun?.name, 'shop-8');
  assert.equal(status?.consecutiveFailures, 2);
  assert.equal(status?.lastSuccessTime, runs.get('shop-6')?.status?.completionTime);
  const mails = world.kubelet.ended.filter(({ purpose }) => purpose === 'notify');
  assert.equal(
    mails.length,
    failing.length + 1,
    'one for each failure, and for the success that nobody can tell',
  );
});
