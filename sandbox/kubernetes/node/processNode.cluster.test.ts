import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testCluster } from '../testCluster.ts';
import { dbbackupImage } from './dbbackupImage.ts';
import type { Pod } from './pod.ts';
import { nodeImage, testNode } from './testNode.ts';

const forEver = 'setInterval(() => {}, 1000)';

test('a Job completes, and its pod looks as a kubelet would leave it', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  await world.createJob('sample', 'console.log("done")');
  await eventually(async () => assert.equal((await world.job('sample'))?.status.succeeded, 1));
  const [pod] = await world.podsOf('sample');
  const { status } = pod as Pod;
  const conditions = status?.conditions?.map(({ type, status, reason }) => [type, status, reason]);
  assert.deepEqual(conditions, [
    ['PodReadyToStartContainers', 'False', undefined],
    ['Initialized', 'True', 'PodCompleted'],
    ['Ready', 'False', 'PodCompleted'],
    ['ContainersReady', 'False', 'PodCompleted'],
    ['PodScheduled', 'True', undefined],
  ]);
  assert.equal(status?.phase, 'Succeeded');
  assert.equal(status?.podIP, '127.0.0.1');
  const [container] = status?.containerStatuses ?? [];
  assert.equal(container?.ready, false);
  assert.equal(container?.restartCount, 0);
  assert.match(container?.imageID ?? '', /^docker\.io\/library\/node@sha256:/);
  const { exitCode, reason, message } = container?.state.terminated ?? {};
  assert.deepEqual([exitCode, reason, message], [0, 'Completed', undefined]);
  assert.equal(await world.node.logs(world.namespace, pod?.metadata.name ?? ''), 'done\n');
  assert.deepEqual(await readdir(join(world.node.root, 'pods')), []);
  await eventually(async () => {
    const reasons = (await world.events(pod?.metadata.name ?? '')).map((event) => event.split(':')[0]);
    assert.deepEqual(reasons.sort(), [
      'Normal Created',
      'Normal Pulled',
      'Normal Scheduled',
      'Normal Started',
    ]);
  });
});

test('a failed container has its exit code, its termination message or the end of its log', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const { createPod } = world;
  const log = 'require("node:fs").writeFileSync(process.env.LOG, "x".repeat(5000) + "end")';
  world.node.addImage('told:1', {
    entrypoint: [process.execPath, '-e'],
    paths: { LOG: '/dev/termination-log' },
  });
  await createPod('told', `${log}; process.exit(3)`, { container: { image: 'told:1' } });
  const terminationMessagePolicy = 'FallbackToLogsOnError';
  await createPod('log', 'console.error("went wrong"); process.exit(4)', {
    container: { terminationMessagePolicy },
  });
  await createPod('silent', 'console.error("went wrong"); process.kill(process.pid, "SIGABRT")');
  await createPod('nothing', '', { container: { command: ['/no/such/program'] } });
  const told = await world.ended('told');
  assert.equal(told.exitCode, 3);
  assert.equal(told.reason, 'Error');
  assert.equal(told.message, `${'x'.repeat(4093)}end`);
  const logged = await world.ended('log');
  assert.deepEqual([logged.exitCode, logged.message], [4, 'went wrong\n']);
  const silent = await world.ended('silent');
  assert.deepEqual([silent.exitCode, silent.reason, silent.message], [134, 'Error', undefined]);
  const nothing = await world.ended('nothing');
  assert.deepEqual([nothing.exitCode, nothing.reason], [128, 'StartError']);
  assert.match(nothing.message ?? '', /exec: "\/no\/such\/program": executable file not found in \$PATH/);
});

test('exit code 2 ends a Job whose podFailurePolicy says so', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const onExitCodes = { containerName: 'main', operator: 'In', values: [2] };
  const rules = [{ action: 'FailJob', onExitCodes }];
  await world.createJob('sample', 'process.exit(2)', {
    job: { backoffLimit: 5, podFailurePolicy: { rules } },
  });
  await eventually(async () => {
    const failed = (await world.job('sample'))?.status.conditions?.find(({ type }) => type === 'Failed');
    assert.equal(failed?.reason, 'PodFailurePolicy');
  });
  assert.equal((await world.podsOf('sample')).length, 1);
});

test('init containers run one after the other, and a failed one fails the pod', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const append = (word: string) =>
    `require("node:fs").appendFileSync(process.env.TMPDIR + "/words", "${word}")`;
  const volumeMounts = [{ name: 'tmp', mountPath: '/tmp' }];
  const init = (name: string, code: string) => ({ name, image: nodeImage, args: [code], volumeMounts });
  const volumes = [{ name: 'tmp', emptyDir: {} }];
  await world.createPod(
    'good',
    'console.log(require("node:fs").readFileSync(process.env.TMPDIR + "/words", "utf8"))',
    {
      container: { volumeMounts },
      spec: { initContainers: [init('a', append('a')), init('b', append('b'))] },
      volumes,
    },
  );
  await world.createPod('bad', 'console.log("never")', {
    spec: { initContainers: [init('a', 'process.exit(1)'), init('b', append('b'))] },
    volumes,
  });
  assert.equal((await world.ended('good')).exitCode, 0);
  assert.equal(await world.node.logs(world.namespace, 'good'), 'ab\n');
  const bad = await eventually(async () => {
    const pod = await world.pod('bad');
    assert.equal(pod?.status?.phase, 'Failed');
    return pod;
  });
  const [first, second] = bad.status?.initContainerStatuses ?? [];
  assert.equal(first?.state.terminated?.exitCode, 1);
  assert.equal(second?.state.waiting?.reason, 'PodInitializing');
  assert.equal(bad.status?.containerStatuses?.[0]?.state.waiting?.reason, 'PodInitializing');
});

test('OnFailure starts a container again, with a growing back-off that the status names', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const code = `
    const fs = require("node:fs"), file = process.env.TMPDIR + "/count";
    const count = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;
    fs.writeFileSync(file, String(count + 1));
    console.log("try", count);
    process.exit(count < 2 ? 1 : 0);`;
  await world.createPod('ever', 'process.exit(1)', { spec: { restartPolicy: 'OnFailure' } });
  await world.createPod('sample', code, {
    container: { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
    spec: { restartPolicy: 'OnFailure' },
    volumes: [{ name: 'tmp', emptyDir: {} }],
  });
  const message = /^back-off [\d.]+s restarting failed container=main pod=ever_/;
  await world.waits('ever', 'CrashLoopBackOff', message);
  const container = await eventually(async () => {
    const pod = await world.pod('sample');
    assert.equal(pod?.status?.phase, 'Succeeded');
    return pod.status.containerStatuses?.[0];
  });
  assert.equal(container?.restartCount, 2);
  assert.equal(container?.lastState?.terminated?.exitCode, 1);
  assert.equal(await world.node.logs(world.namespace, 'sample'), 'try 2\n');
  assert.equal(await world.kubectl('logs', 'sample', '--previous'), 'try 1\n');
});

test('pods that the restricted standard lets in run, and their environment holds nothing of ours', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, {
    namespaceLabels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  });
  const securityContext = {
    ...{ runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  await world.createJob('sample', 'console.log(Object.keys(process.env).sort().join())', {
    container: { securityContext },
  });
  await eventually(async () => assert.equal((await world.job('sample'))?.status.succeeded, 1));
  const [pod] = await world.podsOf('sample');
  const names = (await world.node.logs(world.namespace, pod?.metadata.name ?? '')).trim().split(',');
  const service = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBERNETES_SERVICE_PORT_HTTPS'];
  assert.deepEqual(names, ['HOME', 'HOSTNAME', ...service, 'PATH', 'TMPDIR']);
  const root = { ...securityContext, runAsUser: 0 };
  const refusal = world.createPod('root', '', { container: { securityContext: root } });
  await assert.rejects(refusal, /violates PodSecurity/);
});

test('kubectl logs follows a container until it ends', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster);
  const code = 'console.log("a\\nb"); process.on("SIGTERM", () => { console.log("c"); process.exit(0); });';
  await world.createPod('sample', `${code} ${forEver}`, world.kept);
  await eventually(async () => assert.equal(await world.kubectl('logs', 'sample'), 'a\nb\n'));
  assert.equal(await world.kubectl('logs', 'sample', '--tail=1'), 'b\n');
  const followed = world.kubectl('logs', '--follow', 'sample');
  await world.kubectl('delete', 'pod', 'sample', '--wait=false');
  assert.equal(await followed, 'a\nb\nc\n');
});

test('our own image starts', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await testNode(t, cluster, { images: { 'dbbackup:dev': dbbackupImage() } });
  await world.createPod('sample', '--help', { container: { image: 'dbbackup:dev' } });
  assert.equal((await world.ended('sample')).exitCode, 0);
  assert.match(await world.node.logs(world.namespace, 'sample'), /dbbackup/);
});
