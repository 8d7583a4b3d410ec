import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podMemoryPeak } from '../sandbox/kubernetes/realNode/podMemory.ts';
import { backupWorld } from './backupWorld.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

const rows = 5_000_000;
const mebibyte = 2 ** 20;

test('five million rows in four formats fit into the memory that a run has by default', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const table = `
    CREATE TABLE events AS
    SELECT g AS id, now() - g * interval '1 second' AS at, md5(g::text) AS token, g * 1.25 AS amount, g % 3 = 0 AS paid,
           jsonb_build_object('n', g) AS details
    FROM generate_series(1, ${rows}) g`;
  const world = await backupWorld(t, cluster, table);
  await world.applyBackup('shop', { formats: ['csv', 'xlsx', 'json', 'sql'], retries: 0 });
  await world.ready('shop');
  const run = await world.request('shop');
  const pod = await world.runningPod(run);
  const path = '{.metadata.uid} {.spec.containers[0].resources.limits.memory}';
  const [uid = '', limit] = (await world.kubectl('get', 'pod', pod, '-o', `jsonpath=${path}`)).split(' ');
  assert.equal(limit, '512Mi', 'the default limit');

  // It only grows, and is gone with the pod: the last that is seen is the peak.
  let peak: number | undefined;
  const status = await world.until(async () => {
    if (cluster.cgroup !== undefined) peak = (await podMemoryPeak(cluster.cgroup, uid)) ?? peak;
    const { status } = await world.run(run);
    assert.match(status?.phase ?? '', /^(Succeeded|Failed)$/);
    return status;
  }, 1_500);
  assert.deepEqual([status?.phase, status?.rows], ['Succeeded', rows], JSON.stringify(status));
  if (cluster.cgroup === undefined) return;
  assert.ok(peak !== undefined && peak > 50 * mebibyte, `the cgroup of ${pod} was not seen`);
  t.diagnostic(
    `${rows} rows in four formats: the pod's cgroup had ${(peak / mebibyte).toFixed(0)} MiB at most, page cache included`,
  );
});
