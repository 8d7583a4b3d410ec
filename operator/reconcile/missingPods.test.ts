import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import { Store } from '../controller/store.ts';
import { backupKind } from './backupKind.ts';
import { byJob, indexStores, type Stores } from './cluster.ts';
import type { Job, Pod } from './kinds.ts';
import { readMissingPods } from './missingPods.ts';
import { job, pod, report } from './observedFixture.ts';

const store = <T extends KubernetesObject>() =>
  new Store<T>({ onHandlerError: (error) => assert.ifError(error) });
const { signal } = new AbortController();

function world(live: readonly Pod[]) {
  const stores: Stores = {
    ...{ backups: store(), runs: store(), restores: store(), syncs: store(), syncRuns: store() },
    ...{ cronJobs: store(), jobs: store(), pods: store() },
  };
  indexStores(stores, [backupKind]);
  const asked: string[] = [];
  const list = async (_: unknown, options: { labelSelector?: string }) => {
    asked.push(options.labelSelector ?? '');
    return { items: live };
  };
  return { stores, asked, client: { list } as unknown as KubernetesClient };
}

const complete = job('shop-1', { end: 'Complete' });
const plain = pod(complete, { exitCode: 0, report: report() });
const { name, uid = '' } = complete.metadata;
const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true };
const metadata = { ...plain.metadata, uid: 'pod-uid', resourceVersion: '7', ownerReferences: [owner] };
const ended: Pod = { ...plain, metadata };

test('a pod that a complete Job counts and no watch has brought is read, once', async () => {
  const { stores, asked, client } = world([ended]);
  const versions = new WeakSet<Job>();
  await readMissingPods([complete], versions, { client, stores }, signal);
  assert.equal(stores.pods.by(byJob, uid).length, 1);
  await readMissingPods([complete], versions, { client, stores }, signal);
  assert.deepEqual(asked, [`batch.kubernetes.io/controller-uid=${uid}`]);
});

test('pods that are gone are asked for once, too', async () => {
  const { stores, asked, client } = world([]);
  const versions = new WeakSet<Job>();
  for (let time = 0; time < 3; time++)
    await readMissingPods([complete], versions, { client, stores }, signal);
  assert.equal(asked.length, 1);
});

test('nothing is asked for where the pods are known, or the Job goes on', async () => {
  const { stores, asked, client } = world([]);
  stores.pods.remember(ended);
  await readMissingPods([complete, job('shop-2')], new WeakSet(), { client, stores }, signal);
  assert.deepEqual(asked, []);
});
