import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ApiProxy, startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld } from './bareWorldFixture.ts';
import { type Lease, leases } from './controller/lease.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';
import { pastProblems, problems } from './problemsFixture.ts';

interface Replica {
  readonly identity: string;
  readonly proxy: ApiProxy;
  readonly operator: OperatorChild;
}

/** A namespace with two operators, each behind a proxy of its own; the first one leads. */
async function replicas(
  t: TestContext,
): Promise<{ world: BareWorld; first: Replica; second: Replica } | undefined> {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster);
  const { namespace } = world;
  const replica = async (identity: string): Promise<Replica> => {
    const proxy = await startApiProxy(cluster);
    t.after(() => proxy.stop());
    const server = { server: proxy.url };
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator', server);
    return { identity, proxy, operator: spawnOperator(t, { program, kubeconfig, namespace, identity }) };
  };
  const first = await replica('first');
  await eventually(async () => assert.equal(await holder(world), 'first'));
  const second = await replica('second');
  await second.operator.ready();
  await backupIsReady(world, 'before');
  assert.deepEqual(acts(second), []);
  return { world, first, second };
}

async function holder({ client, namespace }: BareWorld): Promise<string | undefined> {
  const { signal } = new AbortController();
  const lease = await client.get<Lease>(leases, namespace, 'database-backup-operator', signal);
  return lease?.spec?.holderIdentity;
}

async function backupIsReady(world: BareWorld, name: string): Promise<void> {
  await world.applyOwner(name);
  await world.createJob(name, `${name}-1`, 'Schedule');
  await eventually(async () => {
    const now = await world.snapshot();
    assert.deepEqual(problems(now, name), []);
    assert.ok(
      now.runs.some(({ metadata, status }) => metadata.name === `${name}-1` && status?.phase === 'Succeeded'),
    );
  });
  assert.deepEqual(pastProblems(world.history, name, [`${name}-1`]), []);
}

/** What a replica wrote but for its Lease. */
function acts({ proxy }: Replica): string[] {
  return proxy.writes
    .filter(({ path }) => !path.includes('/leases'))
    .map(({ method, path }) => `${method} ${path}`);
}

test('the leader is killed, and the other one goes on', async (t) => {
  const made = await replicas(t);
  if (!made) return;
  const { world, first, second } = made;
  first.operator.kill('SIGKILL');
  const start = performance.now();
  await eventually(async () => assert.equal(await holder(world), 'second'));
  t.diagnostic(`taken over after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  await backupIsReady(world, 'after');
  assert.ok(acts(second).length > 0);
});

test('the leader is cut off: it stands down before the other one acts', async (t) => {
  const made = await replicas(t);
  if (!made) return;
  const { world, first, second } = made;
  first.proxy.cutOff(true);
  const start = performance.now();
  let firstEnded = Infinity;
  void first.operator.exited.then(() => {
    firstEnded = performance.now();
  });
  let secondActs = Infinity;
  second.proxy.onWrite = ({ path }) => {
    if (!path.includes('/leases')) secondActs = Math.min(secondActs, performance.now());
  };
  await world.applyOwner('during');
  await eventually(async () => assert.equal(await holder(world), 'second'));
  t.diagnostic(`taken over after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  await backupIsReady(world, 'after');
  assert.notEqual(await first.operator.exited, 0);
  assert.ok(firstEnded < secondActs, `it ended ${firstEnded - secondActs} ms after the other one acted`);
});

test('SIGTERM: the leader ends what it is at, gives the Lease back and exits with 0', async (t) => {
  const made = await replicas(t);
  if (!made) return;
  const { world, first, second } = made;
  let before = Infinity;
  first.proxy.onWrite = ({ path }) => {
    // The record of a new run: its mark on the Job and its status have still to come.
    if (before !== Infinity || !path.includes('/databasebackupruns?')) return;
    before = acts(first).length;
    first.operator.kill('SIGTERM');
  };
  await world.createJob('before', 'before-2', 'Schedule');
  assert.equal(await first.operator.exited, 0);
  const start = performance.now();
  await eventually(async () => assert.equal(await holder(world), 'second'));
  t.diagnostic(`taken over ${((performance.now() - start) / 1000).toFixed(1)} s later`);
  assert.ok(acts(first).length > before, 'it left what it was at');
  assert.match(first.proxy.writes.at(-1)?.path ?? '', /leases/, 'it acted after it gave the Lease back');
  await backupIsReady(world, 'after');
  assert.deepEqual(problems(await world.snapshot(), 'before'), []);
  assert.deepEqual(pastProblems(world.history, 'before', ['before-1', 'before-2']), []);
  second.operator.kill('SIGTERM');
  assert.equal(await second.operator.exited, 0);
  assert.equal(await holder(world), '');
});
