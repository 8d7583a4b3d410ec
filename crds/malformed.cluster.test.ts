import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubectlError } from '../sandbox/kubernetes/access.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster, testNamespace } from '../sandbox/kubernetes/testCluster.ts';
import { malformedFiles } from './malformedFixture.ts';

test('kubectl answers each malformed YAML with its sentence', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await applyCrds(cluster);
  const namespace = await testNamespace(t, cluster);
  /** What kubectl says of a file; undefined if the API server takes it. */
  const refusal = async (path: string) => {
    try {
      await cluster.kubectl(['apply', '--dry-run=server', '-n', namespace, '-f', path]);
      return undefined;
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error;
      return error.stderr;
    }
  };
  for (const { name, path, expect } of malformedFiles) {
    await t.test(name, async () => {
      const told = await refusal(path);
      // Without one the schema lets the file through, and the condition Ready tells.
      if (expect === undefined) assert.equal(told, undefined);
      else assert.ok(told?.includes(expect), told ?? 'it was taken');
    });
  }
});
