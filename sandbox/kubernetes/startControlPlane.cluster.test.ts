import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../testing.ts';
import { testCluster, testNamespace } from './testCluster.ts';

test('kubectl reaches it, and a CronJob becomes a Job by the real controllers', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const namespace = await testNamespace(t, cluster);
  const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'nothing' }] };
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'sample', namespace },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: podSpec } } } },
  };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(cronJob) });
  await cluster.kubectl(['create', 'job', 'now', '--from=cronjob/sample', '-n', namespace]);
  await eventually(async () => {
    const phases = await cluster.kubectl(['get', 'pods', '-n', namespace, '-o', 'jsonpath={..phase}']);
    assert.equal(phases, 'Pending');
  });
});
