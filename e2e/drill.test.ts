import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import type { LastDrill } from '../operator/reconcile/drillResult.ts';
import type { Job, Pod } from '../operator/reconcile/kinds.ts';
import { createDemoData } from '../sandbox/demoData/createDemoData.ts';
import { type BackupWorld, backupWorld, restricted } from './backupWorld.ts';
import { goodRun } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

type Drill = NonNullable<BackupSpecInput['drill']>;

/** Asks for a drill and waits for its end. */
async function drilled(world: BackupWorld, drill: Drill, ask: string): Promise<LastDrill> {
  await world.applyBackup('shop', { formats: ['csv', 'sql'], retries: 0, drill });
  await world.kubectl('annotate', '--overwrite', 'dbb', 'shop', `dbbackup.dev/drill-now=${ask}`);
  return world.until(async () => {
    const { status } = await world.backup('shop');
    assert.equal(status?.lastDrill?.drillNow, ask, JSON.stringify(status?.lastDrill));
    return status.lastDrill;
  }, 300);
}

/** The Job of a drill and its one pod. */
async function jobOf(world: BackupWorld, { job }: LastDrill): Promise<{ job: Job; pod: Pod }> {
  const [pod, ...more] = await world.pods(job);
  assert.ok(pod && more.length === 0);
  return { job: await world.job(job), pod };
}

test('a drill with a PostgreSQL beside the runner, on a real node', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, '', { labels: restricted });
  await createDemoData(world.uri, { seed: 5, rows: 20_000 });
  const role = `drill_${world.namespace.slice(4)}`;
  await world.server.query(
    `CREATE ROLE ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    world.uri,
  );
  // Its database goes before.
  t.after(() => world.server.query(`DROP ROLE ${role}`));
  await world.applyBackup('shop', { formats: ['csv', 'sql'] });
  await world.ready('shop');
  await goodRun(world, 'shop');

  await t.test('it restores a set of an older server, and its Job ends with the runner', async () => {
    const assertions = [
      { name: 'a server of its own', query: "SELECT current_setting('server_version_num')::int >= 180000" },
      { name: 'no network', query: 'SHOW listen_addresses', expect: '' },
      { name: 'roles are there', query: `SELECT true FROM pg_roles WHERE rolname = '${role}'` },
    ];
    const last = await drilled(world, { ephemeral: {}, assertions }, 'first');
    assert.equal(last.result, 'Succeeded', JSON.stringify(last));
    assert.ok((last.rows ?? 0) > 20_000 && (last.comparedTables ?? 0) >= 12, JSON.stringify(last));
    const { status } = await world.backup('shop');
    assert.equal(conditionOf(status?.conditions, 'DrillSucceeded')?.status, 'True');
    const { job, pod } = await jobOf(world, last);
    assert.equal(job.status?.succeeded, 1);
    // Kubernetes ended the server when the runner had ended.
    const [server] = pod.status?.initContainerStatuses ?? [];
    assert.equal(server?.name, 'postgres');
    assert.ok(server.state?.terminated, JSON.stringify(server));
  });

  await t.test(
    'a server that dies is a failure with its reason, and an image that is not there, too',
    async () => {
      const kill = 'COPY (SELECT) TO PROGRAM $$kill -QUIT $(head -n 1 "$PGDATA/postmaster.pid")$$';
      const assertions = [{ query: kill }, { query: 'SELECT pg_sleep(60)' }];
      const dead = await drilled(world, { ephemeral: {}, assertions }, 'second');
      assert.deepEqual([dead.result, dead.reason], ['Failed', 'DatabaseUnreachable'], JSON.stringify(dead));
      const missing = await drilled(world, { ephemeral: { image: 'registry.invalid/postgres:99' } }, 'third');
      assert.deepEqual(
        [missing.result, missing.reason],
        ['Failed', 'ImagePullFailed'],
        JSON.stringify(missing),
      );
      assert.match(missing.message ?? '', /registry\.invalid\/postgres:99/);
    },
  );
});
