import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ApiProxy, startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld } from './bareWorldFixture.ts';
import { type Ending, type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { report } from './reconcile/observedFixture.ts';

/** Jobs whose names end so fail, and their runners can't mail: another attempt might have followed. */
const failing = /-[34]$/;
function ending(pod: PodOf): Ending {
  if (pod.purpose !== 'run' || !failing.test(pod.job)) return wellEnding(pod);
  const { email, ...told } = report({
    result: 'Failed',
    reason: 'DatabaseUnreachable',
    message: 'No answer.',
  });
  return { exitCode: 1, report: told };
}

/** A namespace with an operator that goes through a proxy of its own; one kill after the other is tried in it. */
interface Lane {
  readonly world: BareWorld;
  readonly proxy: ApiProxy;
  spawn(): OperatorChild;
}

async function openLane(t: TestContext): Promise<Lane | undefined> {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster, { ending });
  const proxy = await startApiProxy(cluster);
  t.after(() => proxy.stop());
  const { namespace } = world;
  const server = { server: proxy.url };
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator', server);
  return { world, proxy, spawn: () => spawnOperator(t, { program, kubeconfig, namespace }) };
}

/** From the first apply to a history that was pruned: a check, runs of every trigger, failures with their mails. */
async function scenario(world: BareWorld, name: string): Promise<string[]> {
  await world.applyBackup(name, { runHistoryLimit: { successful: 1, failed: 1 } });
  await eventually(async () => {
    const { status } = await world.backup(name);
    assert.equal(conditionOf(status?.conditions, 'Ready')?.reason, 'CheckPassed');
  });
  const jobs = [1, 2, 3, 4].map((number) => `${name}-${number}`);
  for (const job of jobs) await world.createJob(name, job, job.endsWith('-1') ? 'Manual' : 'Schedule');
  await world.createRun(name, `${name}-5`);
  await eventually(async () => {
    const now = await world.snapshot();
    assert.deepEqual(problems(now, name), []);
    const own = now.runs.filter(({ spec }) => spec.backupName === name);
    assert.deepEqual(own.map(({ status }) => status?.phase).sort(), ['Failed', 'Succeeded']);
    assert.ok(
      own.every(({ status }) => conditionOf(status?.conditions, 'Notified')?.reason !== 'MailPending'),
    );
  });
  return [...jobs, `${name}-5`];
}

test('x', async (t) => {
  const lane = await openLane(t);
  if (!lane) return;
  const { world, proxy } = lane;
  const start = performance.now();
  const operator = lane.spawn();
  await operator.ready();
  console.log('ready', performance.now() - start);
  const names = await scenario(world, 'shop');
  console.log('done', performance.now() - start);
  console.log(pastProblems(world.history, 'shop', names));
  console.log(
    proxy.writes
      .filter((w) => !/leases/.test(w.path))
      .map(
        ({ method, path, status }) =>
          `${method} ${path.replace(/\?.*/, '').replace(world.namespace, 'NS')} ${status}`,
      )
      .join('\n'),
  );
  console.log(operator.lines.filter((l) => l.level >= 40));
});
