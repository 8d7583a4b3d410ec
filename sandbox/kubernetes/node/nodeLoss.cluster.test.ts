import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { ownCluster } from '../testCluster.ts';
import { startProcessNode } from './startProcessNode.ts';
import { nodeImage, testNode } from './testNode.ts';

const forEver = 'setInterval(() => {}, 1000); console.log("up", process.pid);';
const images = { [nodeImage]: { entrypoint: [process.execPath, '-e'] } };

test('a node that is lost, and an API server that is away', async (t) => {
  const cluster = await ownCluster(t, {
    flags: {
      controllerManager: ['--node-monitor-period=500ms', '--node-monitor-grace-period=10s'],
      apiServer: ['--default-unreachable-toleration-seconds=1', '--default-not-ready-toleration-seconds=1'],
    },
  });
  if (!cluster) return;
  const name = 'sample';
  const world = await testNode(t, cluster, { name, leaseSeconds: 4 });
  // When all nodes are lost, the controller takes itself for the one that is cut off, and evicts nothing.
  await testNode(t, cluster, { name: 'other', leaseSeconds: 4 });
  const readiness = async () => {
    const { body } = await cluster.request('GET', `/api/v1/nodes/${name}`);
    const { status } = JSON.parse(body) as { status: { conditions: { type: string; status: string }[] } };
    return status.conditions.find(({ type }) => type === 'Ready')?.status;
  };

  const processOf = (pod: string) =>
    eventually(async () => {
      const [, pid] = /up (\d+)/.exec(await world.node.logs(world.namespace, pod)) ?? [];
      assert.ok(pid);
      return Number(pid);
    });

  await t.test('what happened while the API server was away is told when it is back', async () => {
    await world.createPod('short', `process.on("SIGTERM", () => process.exit(5)); ${forEver}`, world.kept);
    const pid = await processOf('short');
    await cluster.apiServer.stop();
    process.kill(pid, 'SIGTERM');
    await eventually(() => assert.equal(isAlive(pid), false));
    await cluster.apiServer.start();
    assert.equal((await world.ended('short')).exitCode, 5);
    await world.createPod('later', '');
    assert.equal((await world.ended('later')).exitCode, 0);
  });

  await t.test('after kill its processes are gone, and the node controller finds out', async () => {
    await eventually(async () => assert.equal(await readiness(), 'True'));
    await world.createJob('job', forEver, { job: { backoffLimit: 3 } });
    const pod = await eventually(async () => {
      const [first] = await world.podsOf('job');
      assert.equal(first?.status?.phase, 'Running');
      return first.metadata.name;
    });
    const pid = await processOf(pod);
    assert.equal(isAlive(pid), true);
    await world.node.kill();
    assert.equal(isAlive(pid), false);
    await eventually(async () => assert.equal(await readiness(), 'Unknown'));
    await eventually(async () => {
      const { metadata, status } = (await world.pod(pod)) ?? {};
      assert.ok(metadata?.deletionTimestamp);
      assert.equal(status?.phase, 'Running');
      const disruption = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.equal(disruption?.reason, 'DeletionByTaintManager');
    });

    const kubeconfig = await cluster.userKubeconfig(`system:node:${name}`, ['system:nodes']);
    await using _again = await startProcessNode({
      kubeconfig,
      name,
      root: world.node.root,
      images,
      leaseSeconds: 4,
    });
    await eventually(async () => assert.equal(await readiness(), 'True'));
    // The machine is back and tells that what ran on it is not.
    await eventually(async () => {
      assert.equal(await world.pod(pod), undefined);
      assert.equal((await world.job('job'))?.status.failed, 1);
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
