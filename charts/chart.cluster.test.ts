import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ClusterAccess, KubectlError } from '../sandbox/kubernetes/access.ts';
import { testCluster, testNamespace } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type ChartObject, find, helm } from './chartFixture.ts';
import { switches } from './switchesFixture.ts';

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** What the API server says of objects without keeping them; fields that it doesn't know are an error. */
function dryRun(cluster: ClusterAccess, objects: readonly ChartObject[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const args = [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--dry-run=server',
    '--validate=strict',
    '-f',
    '-',
  ];
  return cluster.kubectl(args, { input });
}

test('the API server takes what the chart renders, whatever is switched, in a restricted namespace', async (t) => {
  const [program, cluster] = [await helm(t), await testCluster(t)];
  if (!program || !cluster) return;
  await cluster.kubectl([
    'apply',
    '--server-side',
    '-f',
    join(import.meta.dirname, 'testdata/monitoringCrds.yaml'),
  ]);
  for (const plural of ['servicemonitors', 'prometheusrules']) {
    await eventually(async () => {
      const { status } = await cluster.request('GET', `/apis/monitoring.coreos.com/v1/${plural}`);
      assert.equal(status, 200);
    });
  }
  const namespace = await testNamespace(t, cluster, restricted);
  for (const [name, given] of Object.entries(switches)) {
    await t.test(name, async () => {
      const all = await program.render(given, ['--namespace', namespace]);
      const told = await dryRun(cluster, [...all.map(asDefault), podOf(find(all, 'Deployment'))]);
      assert.equal(told.trim().split('\n').length, all.length + 1);
    });
  }
  await t.test('and would have refused a field that is not there', async () => {
    const all = await program.render(switches['all of monitoring'], ['--namespace', namespace]);
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'Deployment']) {
      const wrong = { ...find(all, kind), spec: { ...find(all, kind).spec, mispelt: 1 } };
      await assert.rejects(dryRun(cluster, [wrong]), (error) => {
        assert.ok(error instanceof KubectlError);
        assert.match(error.stderr, /mispelt/);
        return true;
      });
    }
  });
});

/** The pod of a Deployment by itself: pod security looks at pods alone. */
function podOf({ spec, metadata }: ChartObject): ChartObject {
  const { namespace = '' } = metadata;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', namespace, ...spec.template.metadata },
  };
  return asDefault({ ...pod, spec: spec.template.spec });
}

/** A pod as the account `default`: a dry run does not make its own. */
function asDefault(object: ChartObject): ChartObject {
  return object.kind === 'Pod'
    ? { ...object, spec: { ...object.spec, serviceAccountName: 'default' } }
    : object;
}
