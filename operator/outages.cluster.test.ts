import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { ownCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld, type Snapshot } from './bareWorldFixture.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';
import { problems } from './problemsFixture.ts';

const patience = 120;

/** A new backup with a run works from end to end; what cannot be asked just now is asked again. */
async function works(world: BareWorld, name: string): Promise<void> {
  await eventually(() => world.applyBackup(name), patience);
  await eventually(() => world.createJob(name, `${name}-1`, 'Manual'), patience);
  await eventually(async () => {
    const now = await world.snapshot();
    assert.deepEqual(problems(now, name), [], messages(now));
    const run = now.runs.find(({ metadata }) => metadata.name === `${name}-1`);
    assert.equal(run?.status?.phase, 'Succeeded');
  }, patience);
}

/** What the records of failures say. */
function messages({ runs }: Snapshot): string {
  return runs.map(({ metadata, status }) => `${metadata.name}: ${status?.message ?? 'fine'}`).join('\n');
}

/** An operator that is started again when it ends, as a kubelet does: one that has lost its Lease ends. */
function supervised(spawn: () => OperatorChild) {
  let current = spawn();
  const past: OperatorChild[] = [];
  void (async () => {
    for (;;) {
      const how = await current.exited;
      if (how === 'SIGKILL') return;
      past.push(current);
      current = spawn();
    }
  })();
  return {
    get restarts() {
      return past.length;
    },
    /** Everything that was logged as trouble. */
    troubles: () =>
      [...past, current]
        .flatMap(({ lines }) => lines.filter(({ level }) => level >= 40))
        .map((line) => JSON.stringify(line)),
    ready: () => current.ready(),
  };
}

test('what becomes of the API server: the operator goes on by itself and says no more than it has to', async (t) => {
  const cluster = await ownCluster(t);
  if (!cluster) return;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster);
  const { namespace } = world;
  const proxy = await startApiProxy(cluster);
  t.after(() => proxy.stop());
  const server = { server: proxy.url };
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator', server);
  const operator = supervised(() => spawnOperator(t, { program, kubeconfig, namespace }));
  await works(world, 'first');

  let told = operator.troubles().length;
  // Five list-watches, the Lease and a few keys of the queue, each with a back-off that grows to half a minute.
  const isFew = (name: string) => {
    const found = operator.troubles().slice(told);
    told += found.length;
    t.diagnostic(`${name}: ${found.length} lines of trouble, ${operator.restarts} restarts so far`);
    assert.ok(found.length < 80, found.join('\n'));
  };

  await t.test('it is started again', async () => {
    await cluster.apiServer.stop();
    await cluster.apiServer.start();
    await works(world, 'restarted');
    isFew('restarted');
  });

  await t.test('every connection is reset each second for a minute', async () => {
    // Runs come and go meanwhile.
    for (let second = 0; second < 60; second++) {
      if (second % 5 === 0) await world.createJob('first', `first-during-${second}`, 'Manual');
      proxy.resetConnections();
      await delay(1000);
    }
    await works(world, 'reset');
    await eventually(async () => {
      const now = await world.snapshot();
      assert.deepEqual(problems(now, 'first'), [], messages(now));
    }, patience);
    isFew('reset');
  });

  await t.test('etcd is away for half a minute', async () => {
    cluster.etcd.pause();
    await delay(30_000);
    cluster.etcd.resume();
    await works(world, 'etcd');
    isFew('etcd');
  });

  await operator.ready();
  assert.ok(operator.restarts <= 2, `${operator.restarts} restarts`);
});
