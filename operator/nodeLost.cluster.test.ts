import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { startProcessNode } from '../sandbox/kubernetes/node/startProcessNode.ts';
import { testNode } from '../sandbox/kubernetes/node/testNode.ts';
import { ownCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { plainSpec } from './bareWorldFixture.ts';
import { applyRights, image, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { type Run, runs } from './reconcile/kinds.ts';
import { imageWhoseRuns } from './runnerStandInFixture.ts';

const nodeName = 'sample';
const leaseSeconds = 4;

const images = (code: string) => ({ [image]: imageWhoseRuns(code) });
const forEver = 'setInterval(() => {}, 1000)';

test('a node that is lost in the middle of a run is the reason that its record tells', async (t) => {
  const cluster = await ownCluster(t, {
    flags: {
      controllerManager: ['--node-monitor-period=500ms', '--node-monitor-grace-period=10s'],
      apiServer: ['--default-unreachable-toleration-seconds=1', '--default-not-ready-toleration-seconds=1'],
    },
  });
  if (!cluster) return;
  await applyCrds(cluster);
  const world = await testNode(t, cluster, { name: nodeName, leaseSeconds, images: images(forEver) });
  // When all nodes are lost, the controller takes itself for the one that is cut off, and evicts nothing.
  await testNode(t, cluster, { name: 'other', leaseSeconds });
  const { namespace, kubectl } = world;
  await applyRights(cluster, namespace);
  await startOperator(t, cluster, namespace);

  const run = async (name: string) => {
    const path = `/apis/${runs.apiVersion}/namespaces/${namespace}/${runs.plural}/${name}`;
    const { status } = JSON.parse((await cluster.request('GET', path)).body) as Run;
    return typeof status === 'object' ? status : undefined;
  };
  /** Starts a run and takes its node away; the pod is marked as one that the cluster takes away. */
  const loseNode = async (job: string, kill: () => Promise<void>) => {
    await kubectl('create', 'job', `--from=cronjob/shop`, job);
    await eventually(async () => assert.equal((await run(job))?.phase, 'Running'));
    await kill();
    await eventually(async () => {
      const [pod] = await world.podsOf(job);
      const lost = pod?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.equal(lost?.reason, 'DeletionByTaintManager');
    });
    const start = performance.now();
    await eventually(async () => {
      const { phase, reason, message } = (await run(job)) ?? {};
      assert.deepEqual([phase, reason], ['Running', 'NodeLost']);
      assert.match(message ?? '', new RegExp(`Node ${nodeName} `));
    });
    t.diagnostic(
      `NodeLost is told ${((performance.now() - start) / 1000).toFixed(1)} s after the pod is marked`,
    );
  };
  const kubeconfig = await cluster.userKubeconfig(`system:node:${nodeName}`, ['system:nodes']);
  const taints = [{ key: 'dbbackup.dev/test-node', value: nodeName, effect: 'NoSchedule' }] as const;
  const machineAgain = async (code: string) => {
    const { root } = world.node;
    const options = { kubeconfig, name: nodeName, root, leaseSeconds, taints, images: images(code) };
    const node = await startProcessNode(options);
    t.after(() => node.stop());
    return node;
  };

  const backup = {
    ...{ apiVersion: runs.apiVersion, kind: 'DatabaseBackup', metadata: { name: 'shop' } },
    spec: {
      ...plainSpec,
      runner: {
        nodeSelector: { 'kubernetes.io/hostname': nodeName },
        tolerations: [{ key: 'dbbackup.dev/test-node', operator: 'Exists' }],
      },
    },
  };
  await world.apply(backup);
  await eventually(() => kubectl('get', 'cronjob', 'shop'));

  let node = world.node;
  await t.test('the pod that replaces it does the run, and there is nothing to mail about', async () => {
    await loseNode('shop-1', () => node.kill());
    node = await machineAgain(' end(); ');
    await eventually(async () => {
      const { phase, reason, attempts, conditions } = (await run('shop-1')) ?? {};
      const { reason: mail } = conditionOf(conditions, 'Notified') ?? {};
      assert.deepEqual([phase, reason, attempts, mail], ['Succeeded', undefined, 1, 'MailSent']);
    });
    assert.equal(await kubectl('get', 'job', '-l', 'dbbackup.dev/purpose=notify', '-o', 'name'), '');
    node.addImage(image, imageWhoseRuns(forEver));
  });

  await t.test('where no pod comes in time the run ends with NodeLost, and the mail goes', async () => {
    await loseNode('shop-2', () => node.kill());
    // In the place of the deadline, which is hours away.
    await kubectl('patch', 'job', 'shop-2', '--type=merge', '-p', '{"spec":{"activeDeadlineSeconds":1}}');
    // Else a pod that replaces the lost one may still run for a moment, and it is the deadline that ends that.
    await eventually(async () => {
      const types = (await world.job('shop-2'))?.status.conditions?.map(({ type }) => type);
      assert.ok(types?.includes('FailureTarget'), `${types}`);
    });
    node = await machineAgain(forEver);
    await eventually(async () => {
      const status = await run('shop-2');
      assert.deepEqual([status?.phase, status?.reason], ['Failed', 'NodeLost'], JSON.stringify(status));
      const { reason: mail } = conditionOf(status?.conditions, 'Notified') ?? {};
      assert.equal(mail, 'MailSent', JSON.stringify(status));
    });
  });
});
