import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testCluster } from '../testCluster.ts';
import { testNode } from './testNode.ts';

const folder = '/var/run/secrets/dbbackup.dev';
// Prints `name mode contents` of each file that a pod sees below $FILES.
const listing = `
  const fs = require("node:fs"), path = require("node:path");
  const walk = (directory, prefix) => fs.readdirSync(directory).filter((name) => !name.startsWith("..")).sort().flatMap((name) => {
    const file = path.join(directory, name), stat = fs.statSync(file);
    if (stat.isDirectory()) return walk(file, prefix + name + "/");
    return [prefix + name + " " + (stat.mode & 0o777).toString(8) + " " + fs.readFileSync(file, "utf8")];
  });
  console.log(walk(process.env.FILES, "").join("\\n"));`;
const lister = { entrypoint: [process.execPath, '-e'], paths: { FILES: folder } };
const files = { image: 'files:1' };
const mount = (name: string) => ({ name, mountPath: `${folder}/${name}` });

test('Secrets and ConfigMaps are files with their modes; what is optional and missing is left out', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, { images: { 'files:1': lister } });
  await world.kubectl(
    'create',
    'secret',
    'generic',
    'db',
    '--from-literal=uri=u',
    '--from-literal=password=p',
  );
  await world.kubectl('create', 'configmap', 'settings', '--from-literal=level=info');
  const items = [
    { key: 'password', path: 'deep/password', mode: 0o400 },
    { key: 'no', path: 'no' },
  ];
  const volumes = [
    { name: 'whole', secret: { secretName: 'db', defaultMode: 0o444 } },
    { name: 'some', secret: { secretName: 'db', items, optional: true } },
    { name: 'none', secret: { secretName: 'none', optional: true } },
    { name: 'settings', configMap: { name: 'settings' } },
    { name: 'pod', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
  ];
  const container = { ...files, volumeMounts: volumes.map(({ name }) => mount(name)) };
  await world.createPod('sample', listing, { container, volumes });
  assert.equal((await world.ended('sample')).exitCode, 0);
  const log = await world.node.logs(world.namespace, 'sample');
  assert.deepEqual(log.trim().split('\n'), [
    'pod/name 644 sample',
    'settings/level 644 info',
    'some/deep/password 400 p',
    'whole/password 444 p',
    'whole/uri 444 u',
  ]);
});

test('a pod waits for a Secret or a key that is missing, and runs once it is there', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, { images: { 'files:1': lister } });
  await world.kubectl('create', 'secret', 'generic', 'db', '--from-literal=uri=u');
  const secret = { secretName: 'db', items: [{ key: 'password', path: 'password' }] };
  const container = { ...files, volumeMounts: [mount('db')] };
  await world.createPod('object', listing, {
    container,
    volumes: [{ name: 'db', secret: { secretName: 'late' } }],
  });
  await world.createPod('key', listing, { container, volumes: [{ name: 'db', secret }] });
  const warning = 'Warning FailedMount: MountVolume.SetUp failed for volume "db" : ';
  await eventually(async () => {
    assert.ok((await world.events('object')).includes(`${warning}secret "late" not found`));
    assert.ok((await world.events('key')).includes(`${warning}references non-existent secret key: password`));
  });
  await world.waits('object', 'ContainerCreating', /^$/);
  assert.equal((await world.pod('key'))?.status?.phase, 'Pending');
  await world.kubectl('create', 'secret', 'generic', 'late', '--from-literal=uri=late');
  await world.kubectl('patch', 'secret', 'db', '-p', '{"stringData":{"password":"p"}}');
  await world.ended('object');
  await world.ended('key');
  assert.equal(await world.node.logs(world.namespace, 'object'), 'db/uri 644 late\n');
  assert.equal(await world.node.logs(world.namespace, 'key'), 'db/password 644 p\n');
});

test('the token of the service account is good for the API server', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, {
    images: {
      'token:1': {
        entrypoint: [process.execPath, '-e'],
        paths: { ACCOUNT: '/var/run/secrets/kubernetes.io/serviceaccount' },
      },
    },
  });
  const code = `
    const read = (name) => require("node:fs").readFileSync(process.env.ACCOUNT + "/" + name, "utf8");
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const request = require("node:https").request({
      host: process.env.KUBERNETES_SERVICE_HOST, port: process.env.KUBERNETES_SERVICE_PORT, ca: read("ca.crt"),
      method: "POST", path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      headers: { authorization: "Bearer " + read("token"), "content-type": "application/json" },
    }, (response) => response.pipe(process.stdout));
    request.end(JSON.stringify(review));`;
  const spec = { automountServiceAccountToken: true };
  await world.createPod('sample', code, { container: { image: 'token:1' }, spec });
  assert.equal((await world.ended('sample')).exitCode, 0);
  const review = JSON.parse(await world.node.logs(world.namespace, 'sample')) as {
    status: { userInfo: { username: string; extra: Record<string, string[]> } };
  };
  const { username, extra } = review.status.userInfo;
  assert.equal(username, `system:serviceaccount:${world.namespace}:default`);
  assert.deepEqual(extra['authentication.kubernetes.io/pod-name'], ['sample']);
});

test('a claim is a folder that outlives its pods', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, { images: { 'files:1': lister } });
  const volumes = [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }];
  const container = { ...files, volumeMounts: [mount('disk')] };
  // Bound by hand: the scheduler would wait for a volume, and nothing here makes any.
  const spec = { nodeName: world.node.name };
  const write = 'require("node:fs").writeFileSync(process.env.FILES + "/disk/file", "kept")';
  await world.createPod('first', write, { container, volumes, spec });
  assert.equal((await world.ended('first')).exitCode, 0);
  await world.createPod('second', listing, { container, volumes, spec });
  await world.ended('second');
  assert.equal(await world.node.logs(world.namespace, 'second'), 'disk/file 644 kept\n');
});

test('a volume that the node does not have fails the pod with words', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const volumes = [{ name: 'machine', hostPath: { path: '/' } } as { name: string }];
  await world.createPod('sample', '', { volumes });
  await eventually(async () => {
    const { status } = (await world.pod('sample')) ?? {};
    assert.equal(status?.phase, 'Failed');
    assert.equal(status.reason, 'Unsupported');
    assert.equal(status.message, 'volume machine: the process node has no hostPath volumes');
  });
});
