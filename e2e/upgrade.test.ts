import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import { runProgram } from '../sandbox/processes/runProgram.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { type BackupWorld, backupWorld } from './backupWorld.ts';
import { assertRecovered, goodRun, longRun, shopTables } from './recovery.ts';
import { helm, installRelease, removeRelease, uninstallRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

const chartPath = 'charts/database-backup-operator';

/** The oldest chart that installs all kinds of today and the rights on them, so that this very image works under it. */
async function earlierChart(t: TestContext): Promise<string> {
  const root = join(import.meta.dirname, '..');
  const git = (...args: string[]) => runProgram('git', ['-C', root, ...args]);
  const kinds = (await readdir(join(root, chartPath, 'templates', 'crds'))).map((file) =>
    file.replace('.yaml', ''),
  );
  const hasAll = async (commit: string) => {
    const show = (file: string) => git('show', `${commit}:${chartPath}/templates/${file}`).catch(() => '');
    const [files, rules] = [await show('crds'), await show('_rules.tpl')];
    return kinds.every((kind) => files.includes(`${kind}.yaml`) && rules.includes(kind));
  };
  const commits = (await git('log', '--reverse', '--format=%H', '--', chartPath)).trim().split('\n');
  const fits = await Promise.all(commits.map(hasAll));
  const commit = commits[fits.indexOf(true)];
  assert.ok(commit, `No commit of ${chartPath} has the kinds ${kinds.join(', ')}.`);
  const folder = await temporaryDirectory(t);
  const archive = join(folder, 'chart.tar');
  await git('archive', '--output', archive, commit, chartPath);
  await runProgram('tar', ['-xf', archive, '-C', folder]);
  return join(folder, chartPath);
}

/** What must not change where nothing is to be done: names of the runs, of check Jobs, and when Ready turned. */
async function traces(world: BackupWorld): Promise<object> {
  const { status } = await world.backup('shop');
  return {
    runs: (await world.runs('shop')).map(({ metadata }) => metadata.name).sort(),
    checked: status?.lastCheck?.time,
    ready: conditionOf(status?.conditions, 'Ready')?.lastTransitionTime,
    lastRun: status?.lastRun?.name,
  };
}

test('helm upgrade from an earlier chart with a run in flight: it goes on, is told of once, and nothing else starts', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await removeRelease(cluster);
  await helm(
    cluster,
    ['install', '--create-namespace', '--wait', '--timeout', '3m'],
    {},
    await earlierChart(t),
  );
  const world = await backupWorld(t, cluster, shopTables());
  await world.applyBackup('shop', { schedule: '0 0 1 1 *' });
  await world.ready('shop');
  await goodRun(world, 'shop');
  const before = await traces(world);
  const { run } = await longRun(world, 60);

  // The label makes sure that the pods are replaced, however little the two charts differ.
  await installRelease(cluster, { podLabels: { upgraded: 'yes' } });
  assert.equal((await world.run(run)).status?.phase, 'Running', 'the run had ended before the upgrade');
  const { status } = await world.ended(run, 300);
  assert.deepEqual([status?.phase, status?.attempts], ['Succeeded', 1], JSON.stringify(status));
  await world.until(async () => assert.equal((await world.backup('shop')).status?.lastRun?.name, run));
  const { runs } = (await traces(world)) as { runs: string[] };
  assert.deepEqual(
    { ...(await traces(world)), runs: runs.filter((name) => name !== run), lastRun: '' },
    { ...before, lastRun: '' },
  );
  await assertRecovered(t, world, 'shop');
});

test('helm uninstall leaves CRDs, backups and CronJobs; installed anew it takes them over, without a new run', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, shopTables());
  await world.applyBackup('shop', { schedule: '0 0 1 1 *' });
  await world.ready('shop');
  await goodRun(world, 'shop');
  const before = await traces(world);

  await uninstallRelease(cluster);
  assert.match(await world.kubectl('get', 'databasebackups'), /^shop +True +0 0 1 1 \* +Succeeded/m);
  assert.match(await world.kubectl('get', 'cronjobs'), /^shop /m);
  // The CronJob does its work without the operator; what is missing is the record.
  await world.kubectl('create', 'job', 'meanwhile', '--from=cronjob/shop');
  await world.kubectl('wait', 'job/meanwhile', '--for=condition=Complete', '--timeout=180s');
  assert.deepEqual(await traces(world), before);

  await installRelease(cluster);
  const { status } = await world.ended('meanwhile');
  assert.deepEqual([status?.phase, status?.trigger], ['Succeeded', 'Manual'], JSON.stringify(status));
  await world.until(async () =>
    assert.equal((await world.backup('shop')).status?.lastRun?.name, 'meanwhile'),
  );
  const { runs } = (await traces(world)) as { runs: string[] };
  assert.deepEqual(
    { ...(await traces(world)), runs: runs.filter((name) => name !== 'meanwhile'), lastRun: '' },
    { ...before, lastRun: '' },
  );
  await assertRecovered(t, world, 'shop');
});
