import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster, testNamespace } from '../sandbox/kubernetes/testCluster.ts';
import { chartFolder, projectFile } from './chartFiles.ts';
import { helm } from './chartFixture.ts';

// The examples that are one backup each: crds/customResourceDefinition.cluster.test.ts.
test('the API server takes the example of several namespaces, its operator included', async (t) => {
  const [program, cluster] = [await helm(t), await testCluster(t)];
  if (!program || !cluster) return;
  await applyCrds(cluster);
  const places = { shop: await testNamespace(t, cluster), blog: await testNamespace(t, cluster) };
  const placed = (text: string) =>
    text
      .replaceAll('namespace: shop', `namespace: ${places.shop}`)
      .replaceAll('namespace: blog', `namespace: ${places.blog}`);
  const apply = (input: string) =>
    cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
  const told = await apply(placed(projectFile('examples/several-namespaces/backups.yaml')));
  assert.equal(told.trim().split('\n').length, 3);

  const given = parse(projectFile('examples/several-namespaces/values.yaml')) as { namespaces: string[] };
  assert.deepEqual(given.namespaces, ['shop', 'blog']);
  const values = { ...given, namespaces: Object.values(places), crds: { install: false } };
  const args = ['template', 'test', chartFolder, '--namespace', places.shop, '--no-hooks', '--values', '-'];
  const { stdout } = await program.run(args, values);
  assert.match(await apply(stdout), /rolebinding.*deployment/s);
});

test('the API server takes the operator of production', async (t) => {
  const [program, cluster] = [await helm(t), await testCluster(t)];
  if (!program || !cluster) return;
  const namespace = await testNamespace(t, cluster);
  const values = { ...parse(projectFile('examples/helm/production.yaml')), crds: { install: false } };
  const all = await program.render(values, ['--namespace', namespace, '--no-hooks']);
  // The Prometheus operator's kinds: chart.cluster.test.ts.
  const items = all.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring'));
  assert.equal(all.length - items.length, 2);
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
});
