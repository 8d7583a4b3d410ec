import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClusterAccess, type ClusterAddress, clusterAccess } from './access.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './startControlPlane.ts';
import { KubernetesUnavailable, orSkip } from './unavailable.ts';

/** What DBBACKUP_TEST_KUBERNETES holds as JSON: the shared control plane, or why there is none. */
export type SharedCluster = ClusterAddress | { unavailable: string } | { error: string };

let shared: Promise<ClusterAccess> | undefined;

/**
 * The control plane that the tests share: the one scripts/test.ts started for files named *.cluster.test.ts,
 * or, for a test file run alone, one of this process. Other tests use it at the same time: work in a
 * namespace of your own (`testNamespace`). Where there can be none the test is skipped, with what to install,
 * and the answer is undefined: return then.
 */
export async function testCluster(t: TestContext): Promise<ClusterAccess | undefined> {
  shared ??= sharedCluster(process.env.DBBACKUP_TEST_KUBERNETES);
  return orSkip(t, shared);
}

/** A control plane for this test alone, to be stopped and broken; ended with the test. Skips as `testCluster` does. */
export async function ownCluster(
  t: TestContext,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane | undefined> {
  const known = process.env.DBBACKUP_TEST_KUBERNETES;
  const started = known
    ? sharedCluster(known).then(() => startControlPlane(options))
    : startControlPlane(options);
  const cluster = await orSkip(t, started);
  if (cluster) t.after(() => cluster.stop());
  return cluster;
}

/** A fresh namespace for this test, ready for pods; deleted when the test is over. */
export async function testNamespace(
  t: TestContext,
  cluster: ClusterAccess,
  labels: Record<string, string> = {},
): Promise<string> {
  const name = `test-${randomBytes(6).toString('hex')}`;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  const { status, body } = await cluster.request('POST', '/api/v1/namespaces', namespace);
  if (status !== 201) throw new Error(`No namespace ${name}: ${status} ${body}`);
  // In a control plane that the test has broken it goes with all the rest.
  t.after(() => cluster.request('DELETE', `/api/v1/namespaces/${name}`).catch(() => {}));
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  for (const deadline = Date.now() + 60_000; ; await delay(20)) {
    if ((await cluster.request('GET', account)).status === 200) return name;
    if (Date.now() > deadline) throw new Error(`The namespace ${name} got no service account in 60 s.`);
  }
}

async function sharedCluster(known: string | undefined): Promise<ClusterAccess> {
  if (!known) return startControlPlane();
  const cluster = JSON.parse(known) as SharedCluster;
  if ('unavailable' in cluster) throw new KubernetesUnavailable(cluster.unavailable);
  if ('error' in cluster) throw new Error(cluster.error);
  return clusterAccess(cluster);
}
