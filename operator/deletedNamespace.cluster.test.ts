import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApiProxy } from '../sandbox/kubernetes/apiProxy.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { startOperatorProcess } from '../sandbox/kubernetes/operatorProcess.ts';
import { ownCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { type BareWorld, bareWorld } from './bareWorldFixture.ts';
import { type PodOf, wellEnding } from './fakeKubeletFixture.ts';
import { image, type LogLine } from './operatorFixture.ts';
import { problems } from './problemsFixture.ts';

const own = 'database-backup-system';

async function isRight(world: BareWorld, name: string): Promise<void> {
  await eventually(async () => assert.deepEqual(problems(await world.snapshot(), name), []));
}

// The operator of the whole cluster, which looks at all namespaces: hence a control plane for this test alone.
test('a namespace is deleted in the middle of a run: all of it goes, and the operator lets it go', async (t) => {
  const cluster = await ownCluster(t);
  if (!cluster) return;
  await applyCrds(cluster);
  await cluster.kubectl(['apply', '-f', join(import.meta.dirname, 'rbac', 'cluster.yaml')]);
  const proxy = await startApiProxy(cluster);
  t.after(() => proxy.stop());
  const ending = (pod: PodOf) => (pod.job.endsWith('-ever') ? 'Runs' : wellEnding(pod));
  const going = await bareWorld(t, cluster, { ending });
  const staying = await bareWorld(t, cluster, { ending });
  const lines: LogLine[] = [];
  const operator = await startOperatorProcess({
    kubeconfig: await cluster.serviceAccountKubeconfig(own, 'database-backup-operator', {
      server: proxy.url,
    }),
    image,
    args: ['--lease-namespace', own],
    onLine: (line) => lines.push(JSON.parse(line) as LogLine),
  });
  t.after(() => operator.kill());
  for (const world of [going, staying]) {
    await world.applyOwner('shop');
    await isRight(world, 'shop');
  }
  await going.createJob('shop', 'shop-ever', 'Manual');
  await going.createRun('shop', 'waits');
  await eventually(async () => {
    const { runs } = await going.snapshot();
    assert.deepEqual(runs.map(({ status }) => status?.phase).sort(), ['Pending', 'Running']);
  });

  const writes = () => proxy.writes.filter(({ path }) => path.includes(`/${going.namespace}/`));
  const before = writes().length;
  await cluster.kubectl(['delete', 'namespace', going.namespace, '--timeout=120s']);
  await staying.applyOwner('other');
  await isRight(staying, 'other');
  // One that was under way may have come too late.
  const { length } = writes();
  t.diagnostic(`${length - before} writes while it went`);
  await staying.createJob('shop', 'shop-1', 'Manual');
  await eventually(async () => {
    const { runs } = await staying.snapshot();
    assert.deepEqual(
      runs.map(({ status }) => status?.phase),
      ['Succeeded'],
    );
  });
  assert.deepEqual(writes().slice(length), []);
  const troubles = lines.filter(({ level }) => level >= 40).map((line) => JSON.stringify(line));
  t.diagnostic(`${troubles.length} lines of trouble`);
  // What is refused in a namespace on its way out is asked for with a back-off, and its backups go within seconds.
  assert.ok(troubles.length < 10, troubles.join('\n'));
  assert.equal(await operator.stop(), 0);
});
