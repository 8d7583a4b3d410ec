import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type ApiProxy, startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { type BareWorld, type BareWorldOptions, bareWorld } from './bareWorldFixture.ts';
import { builtProgram, type OperatorChild, spawnOperator } from './operatorChildFixture.ts';

/** A namespace with an operator that goes through a proxy of its own; one kill after the other is tried in it. */
export interface Lane {
  readonly world: BareWorld;
  readonly proxy: ApiProxy;
  spawn(): OperatorChild;
}

/** Opens a lane, with the program as it is built for the image. */
export async function openLane(t: TestContext, options: BareWorldOptions = {}): Promise<Lane | undefined> {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const program = await builtProgram();
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster, options);
  const proxy = await startApiProxy(cluster);
  t.after(() => proxy.stop());
  const { namespace } = world;
  const server = { server: proxy.url };
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'database-backup-operator', server);
  return { world, proxy, spawn: () => spawnOperator(t, { program, kubeconfig, namespace }) };
}

/** When an operator is killed, by the hook of the proxy for it. */
export const moments = {
  'before it learns of the answer': 'onWrite',
  'once it has the answer': 'afterWrite',
} as const;

/**
 * Runs a scenario in which every life of the operator ends with its next write, by every position and by what a kill leaves to a
 * second one. A scenario for each position would take a hundred times as long and see each kill alone. Gives what the
 * scenario gave and the number of kills.
 */
export async function throughKills<T>(
  lane: Lane,
  hook: (typeof moments)[keyof typeof moments],
  scenario: (world: BareWorld) => Promise<T>,
): Promise<{ result: T; kills: number }> {
  const { world, proxy } = lane;
  let operator = lane.spawn();
  let kills = 0;
  let isOver = false;
  proxy[hook] = ({ path, status }) => {
    // A first life ends with the Lease, the others get further. What was refused has changed nothing: a Job that is there
    // already is asked for once more by each life that ends before the next write.
    if (isOver || status >= 300 || (kills > 0 && path.includes('/leases/'))) return;
    kills++;
    operator.kill('SIGKILL');
  };
  const lives = (async () => {
    for (;;) {
      await operator.exited;
      if (isOver) return;
      assert.equal(operator.ended, 'SIGKILL', JSON.stringify(operator.lines.slice(-3)));
      operator = lane.spawn();
    }
  })();
  try {
    const failed = lives.then(() => {
      throw new Error('the lives ended before the scenario');
    });
    const result = await Promise.race([scenario(world), failed]);
    return { result, kills };
  } finally {
    isOver = true;
    operator.kill('SIGKILL');
    await lives;
  }
}
