import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../processes/isRunning.ts';
import { eventually } from '../testing.ts';
import { ownCluster, testCluster } from './testCluster.ts';

test('what was written outlasts a killed API server, a stopped one and a killed etcd', async (t) => {
  const cluster = await ownCluster(t);
  if (!cluster) return;
  await cluster.kubectl(['create', 'configmap', 'kept', '--from-literal=answer=42']);
  const answer = () => cluster.kubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.answer}']);
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await cluster.apiServer.stop(signal);
    await assert.rejects(cluster.request('GET', '/readyz'), { code: 'ECONNREFUSED' });
    await cluster.apiServer.start();
    assert.equal(await answer(), '42');
  }
  await cluster.etcd.stop();
  await eventually(async () => assert.equal((await cluster.request('GET', '/readyz')).status, 500));
  await cluster.etcd.start();
  await eventually(async () => assert.equal(await answer(), '42'));
});

test('an API server that is held still answers when it may go on', async (t) => {
  const cluster = await ownCluster(t);
  if (!cluster) return;
  cluster.apiServer.pause();
  let hasAnswered = false;
  const answer = cluster.request('GET', '/version').then(({ status }) => {
    hasAnswered = true;
    return status;
  });
  await new Promise((done) => setTimeout(done, 300));
  assert.equal(hasAnswered, false);
  cluster.apiServer.resume();
  assert.equal(await answer, 200);
});

test('without controllers nothing is made, and it is made up for when they are back', async (t) => {
  const cluster = await ownCluster(t);
  if (!cluster) return;
  await cluster.controllerManager.stop();
  await cluster.kubectl(['create', 'namespace', 'early']);
  const account = async () =>
    (await cluster.request('GET', '/api/v1/namespaces/early/serviceaccounts/default')).status;
  assert.equal(await account(), 404);
  await cluster.controllerManager.start();
  await eventually(async () => assert.equal(await account(), 200));
});

test('flags overrule ours: a node that says nothing is lost after two seconds', async (t) => {
  const periods = { period: '500ms', 'grace-period': '2s' };
  const flags = Object.entries(periods).map(([name, time]) => `--node-monitor-${name}=${time}`);
  const cluster = await ownCluster(t, {
    flags: { controllerManager: [...flags, '--node-startup-grace-period=2s'] },
  });
  if (!cluster) return;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'silent' } };
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(node) });
  await eventually(async () => {
    const taints = await cluster.kubectl(['get', 'node', 'silent', '-o', 'jsonpath={.spec.taints[*].key}']);
    assert.match(taints, /node\.kubernetes\.io\/unreachable/);
  });
});

test('a flag that the API server does not know is an error with its words, and leaves nothing behind', async (t) => {
  if (!(await testCluster(t))) return;
  await assert.rejects(
    ownCluster(t, { flags: { apiServer: ['--no-such-flag'] } }),
    /kube-apiserver ended as it started: .*unknown flag: --no-such-flag/s,
  );
});

const place = fileURLToPath(import.meta.resolve('./startControlPlane.ts'));
const script = `
  const { startControlPlane } = await import(${JSON.stringify(place)});
  const cluster = await startControlPlane();
  console.log(cluster.address.directory);
  if (process.argv[1] === 'stop') await cluster.stop();
  if (process.argv[1] === 'stay') setInterval(() => {}, 1000);
`;

for (const [how, argument] of [
  ['stops it', 'stop'],
  ['ends', 'end'],
  ['is killed by SIGKILL', 'stay'],
] as const) {
  test(`all is gone after the process that started it ${how}`, async (t) => {
    if (!(await testCluster(t))) return;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, argument], {
      cwd: dirname(place),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const { value: directory } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    assert.ok(directory, 'the process ended before its control plane was up');
    const servers = readServers(directory);
    if (argument === 'stay') {
      assert.equal(servers.length, 4);
      assert.ok(servers.every(isRunning));
      child.kill('SIGKILL');
    }
    await exit;
    await eventually(() => {
      assert.deepEqual(servers.filter(isRunning), []);
      assert.ok(!existsSync(directory), `${directory} is still there`);
    });
  });
}

function readServers(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'owner'), 'utf8').trim().split('\n').slice(1).map(Number);
  } catch {
    return []; // they have ended already
  }
}
