import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { ownCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld, type Snapshot } from './bareWorldFixture.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';
import type { LogLine } from './operatorFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';

const patience = 120;

/** A new backup with a run works from end to end; what cannot be asked just now is asked again. */
async function works(world: BareWorld, name: string): Promise<void> {
  await eventually(() => world.applyOwner(name), patience);
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
    /** Lines of a list-watch that came sooner after the one before than its wait allows. */
    tooSoon: () => [...past, current].flatMap(({ lines }) => tooSoon(lines)),
    ready: () => current.ready(),
    /** Of the one that runs. */
    memory: () => current.metric('process_resident_memory_bytes'),
  };
}

function tooSoon(lines: readonly LogLine[]): string[] {
  const next = new Map<unknown, number>();
  return lines.flatMap((line) => {
    const { resource, time, waitMs } = line as { resource?: string; time?: number; waitMs?: number };
    if (resource === undefined || time === undefined || waitMs === undefined) return [];
    const isSoon = time < (next.get(resource) ?? 0) - 20;
    next.set(resource, time + waitMs);
    return isSoon ? [JSON.stringify(line)] : [];
  });
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
    assert.deepEqual(operator.tooSoon(), []);
  };

  await t.test('it is started again', async () => {
    await cluster.apiServer.stop();
    await cluster.apiServer.start();
    await works(world, 'restarted');
    isFew('restarted');
  });

  await t.test('every connection is reset each second for a minute', async () => {
    const connections = proxy.connections();
    const jobs = ['first-1'];
    let memory = 0;
    // Runs come and go meanwhile.
    for (let second = 0; second < 60; second++) {
      if (second === 20) memory = await operator.memory();
      if (second % 5 === 0) {
        jobs.push(`first-during-${second}`);
        await world.createJob('first', `first-during-${second}`, 'Manual');
      }
      proxy.resetConnections();
      await delay(1000);
    }
    await works(world, 'reset');
    await eventually(async () => {
      const now = await world.snapshot();
      assert.deepEqual(problems(now, 'first'), [], messages(now));
    }, patience);
    assert.deepEqual(pastProblems(world.history, 'first', jobs), []);
    isFew('reset');
    const [before, after] = [memory, await operator.memory()].map((bytes) => bytes / 2 ** 20) as [
      number,
      number,
    ];
    t.diagnostic(`memory: ${before.toFixed()} MiB after 20 resets, ${after.toFixed()} MiB in the end`);
    assert.ok(after < before + 48);
    // Those that were reset are gone; idle ones beside the watches go within half a minute.
    await eventually(() => assert.ok(proxy.connections() <= connections + 2, `${proxy.connections()}`));
    t.diagnostic(`connections: ${connections} before, ${proxy.connections()} in the end`);
  });

  await t.test('etcd is away for half a minute', async () => {
    await cluster.etcd.stop();
    await delay(30_000);
    await cluster.etcd.start();
    await works(world, 'etcd');
    isFew('etcd');
  });

  await t.test('etcd hangs, for longer than the Lease lasts', async () => {
    cluster.etcd.pause();
    await delay(16_000);
    cluster.etcd.resume();
    await works(world, 'hangs');
    isFew('hangs');
  });

  await operator.ready();
  assert.ok(operator.restarts <= 3, `${operator.restarts} restarts`);
});
