import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually } from '../testing.ts';
import { KubectlError } from './access.ts';
import { testCluster, testNamespace } from './testCluster.ts';
import { kubernetesVersions } from './versions.ts';

test('client and server tell the version of go.mod', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const { clientVersion, serverVersion } = JSON.parse(await cluster.kubectl(['version', '-o', 'json']));
  const { kubernetes } = kubernetesVersions();
  assert.deepEqual([clientVersion.gitVersion, serverVersion.gitVersion], [kubernetes, kubernetes]);
});

test('a CronJob becomes a Job and a pod, by its schedule and by hand, and all goes with it', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const namespace = await testNamespace(t, cluster);
  const kubectl = (args: string, input = '') =>
    cluster.kubectl(['-n', namespace, ...args.split(' ')], { input });
  const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'nothing' }] };
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'sample' },
    spec: {
      schedule: '@every 1s',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { template: { spec: podSpec } } },
    },
  };
  await kubectl('apply -f -', JSON.stringify(cronJob));
  await eventually(async () => assert.match(await kubectl('get jobs -o name'), /^job.batch\/sample-\d+$/m));
  await kubectl('create job now --from=cronjob/sample');
  await eventually(async () => {
    assert.equal(await kubectl('get pods -l job-name=now -o jsonpath={..phase}'), 'Pending');
  });
  await kubectl('delete cronjob sample --wait=false');
  await eventually(async () => assert.equal(await kubectl('get jobs,pods -o name'), ''));
});

test('kubectl that is refused is an error with its words', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await assert.rejects(cluster.kubectl(['get', 'pod', 'nobody']), (error) => {
    assert.ok(error instanceof KubectlError);
    assert.equal(error.status, 1);
    assert.match(error.stderr, /pods "nobody" not found/);
    return true;
  });
});

test('a service account may do what its role says, and nothing else', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const namespace = await testNamespace(t, cluster);
  const admin = (args: string) => cluster.kubectl(['-n', namespace, ...args.split(' ')]);
  await admin('create serviceaccount reader');
  await admin('create role reader --verb=list --resource=pods');
  await admin(`create rolebinding reader --role=reader --serviceaccount=${namespace}:reader`);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'reader');
  assert.equal((await stat(kubeconfig)).mode & 0o777, 0o600);
  await cluster.kubectl(['get', 'pods'], { kubeconfig });
  const forbidden = /User "system:serviceaccount:test-\w+:reader" cannot list resource "secrets"/;
  await assert.rejects(cluster.kubectl(['get', 'secrets'], { kubeconfig }), forbidden);
  await assert.rejects(cluster.kubectl(['get', 'pods', '-n', 'default'], { kubeconfig }), /cannot list/);
});

test('there is no token for a service account that is not there', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await assert.rejects(
    cluster.serviceAccountKubeconfig('default', 'nobody'),
    /No token for the service account default\/nobody: 404 .*not found/,
  );
});

test('a certificate names its user and all its groups, at another address too', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const groups = ['system:nodes', 'a/b+c'];
  const server = cluster.serverURL.replace('127.0.0.1', 'localhost');
  const kubeconfig = await cluster.userKubeconfig('system:node:a', groups, {
    server,
    namespace: 'kube-system',
  });
  const review = JSON.parse(await cluster.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig }));
  assert.equal(review.status.userInfo.username, 'system:node:a');
  assert.deepEqual(review.status.userInfo.groups.sort(), [...groups, 'system:authenticated'].sort());
  assert.match(
    await readFile(kubeconfig, 'utf8'),
    /server: https:\/\/localhost:\d+\n(.*\n)*.*namespace: kube-system/,
  );
});
