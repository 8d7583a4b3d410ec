import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { malformedFiles } from '../crds/malformedFixture.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { bareWorld } from './bareWorldFixture.ts';
import { startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';

const told = malformedFiles.filter(({ condition }) => condition !== undefined);

test('what a schema lets through is said by the condition Ready', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await applyCrds(cluster);
  const world = await bareWorld(t, cluster);
  await startOperator(t, cluster, world.namespace);
  for (const { name, text, condition = '' } of told) {
    await t.test(name, async () => {
      const [backup] = parseAllDocuments(text).map((document) => document.toJS() as object);
      const input = JSON.stringify({ ...backup, metadata: { name: backupName(name) } });
      await cluster.kubectl(['apply', '-n', world.namespace, '-f', '-'], { input });
      await eventually(async () => {
        const { status } = await world.owner(backupName(name));
        const ready = conditionOf(status?.conditions, 'Ready');
        assert.deepEqual([ready?.status, ready?.reason], ['False', 'InvalidSpec']);
        assert.ok(ready?.message.includes(condition), ready?.message ?? 'no message');
      });
    });
  }
});

/** `scheduleNever.yaml` → `schedule-never`. */
function backupName(file: string): string {
  return file.replace('.yaml', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
