import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { ProgramError } from '../sandbox/processes/runProgram.ts';
import { eventually } from '../sandbox/testing.ts';
import { backupWorld, restricted } from './backupWorld.ts';
import { assertRecovered, failedRun, goodRun, shopTables } from './recovery.ts';
import { deployment, installRelease, release, uninstallRelease } from './release.ts';
import { sheetSyncs } from './sheetSyncs.ts';
import { kubeconfigOf, type SuiteCluster, suiteCluster } from './suiteCluster.ts';

/** Whether an account of a ServiceAccount may do so. */
async function may(cluster: SuiteCluster, account: string, ...what: string[]): Promise<boolean> {
  try {
    return (await cluster.run(['auth', 'can-i', ...what, '--as', account])).trim() === 'yes';
  } catch (error) {
    if (error instanceof ProgramError && error.stdout.trim() === 'no') return false;
    throw error;
  }
}

test('in namespaces that enforce the pod security standard restricted, operator, checks and runs are let in', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await uninstallRelease(cluster);
  const labelled = ['label', 'namespace', release.namespace, '--overwrite'];
  await cluster.run(['create', 'namespace', release.namespace]).catch(() => {}); // it is there already, in most cases
  await cluster.run([...labelled, 'pod-security.kubernetes.io/enforce=restricted']);
  t.after(() => cluster.run([...labelled, 'pod-security.kubernetes.io/enforce-']));
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, shopTables(), { labels: restricted });
  await assert.rejects(
    world.kubectl('run', 'root', '--image=busybox', '--restart=Never'),
    /violates PodSecurity "restricted:latest"/,
  );
  await world.applyBackup('shop', { staging: { sizeLimit: '100Mi' } });
  await world.ready('shop');
  await goodRun(world, 'shop');
  await world.applySecret('shop-db', { uri: world.podURI.replace(/:[^:@]+@/, ':wrong@') });
  await failedRun(world, await world.request('shop'), 'DatabaseAuthFailed');
  await world.applySecret('shop-db', { uri: world.podURI });
  await assertRecovered(t, world, 'shop');
});

test('installed for one namespace it looks after that one, and may see no other', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const [ours, theirs] = [
    await backupWorld(t, cluster, shopTables()),
    await backupWorld(t, cluster, shopTables()),
  ];
  await uninstallRelease(cluster);
  await installRelease(cluster, { namespaces: [ours.namespace] });
  t.after(() => uninstallRelease(cluster)); // its Role is in a namespace that goes
  await theirs.applyBackup('shop');
  await ours.applyBackup('shop');
  await ours.ready('shop');
  await goodRun(ours, 'shop');
  assert.equal((await theirs.backup('shop')).status, undefined);
  assert.equal(await theirs.kubectl('get', 'cronjobs,jobs,pods', '-o', 'name'), '');

  const account = `system:serviceaccount:${release.namespace}:${deployment}`;
  for (const [verb, resource] of [
    ['list', 'databasebackups'],
    ['list', 'jobs'],
    ['create', 'jobs'],
    ['list', 'pods'],
  ] as const) {
    assert.equal(
      await may(cluster, account, verb, resource, '-n', ours.namespace),
      true,
      `${verb} ${resource}`,
    );
    assert.equal(
      await may(cluster, account, verb, resource, '-n', theirs.namespace),
      false,
      `${verb} ${resource}`,
    );
    assert.equal(
      await may(cluster, account, verb, resource, '--all-namespaces'),
      false,
      `${verb} ${resource}`,
    );
  }
  for (const { namespace } of [ours, theirs])
    assert.equal(await may(cluster, account, 'get', 'secrets', '-n', namespace), false);
  await assertRecovered(t, ours, 'shop');
});

test("a person with Kubernetes' own role edit sets up, runs and removes a backup and a sync, and no more", async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  const world = await backupWorld(t, cluster, shopTables());
  const { namespace } = world;
  await world.kubectl('create', 'serviceaccount', 'ann');
  await world.kubectl(
    'create',
    'rolebinding',
    'ann',
    '--clusterrole=edit',
    `--serviceaccount=${namespace}:ann`,
  );
  const kubeconfig = await kubeconfigOf(t, cluster, (await world.kubectl('create', 'token', 'ann')).trim());
  const ann = (args: string[], input?: object) =>
    cluster.run(['--namespace', namespace, ...args], {
      kubeconfig,
      ...(input !== undefined && { input: JSON.stringify(input) }),
    });
  const apply = (object: object) => ann(['apply', '-f', '-'], object);

  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-db' } };
  await apply({ ...secret, stringData: { uri: world.podURI } });
  // The roles are put together by a controller.
  await eventually(() => apply(world.resource('shop')));
  await ann(['wait', 'databasebackup/shop', '--for=condition=Ready', '--timeout=120s']);
  await ann(['create', 'job', 'by-hand', '--from=cronjob/shop']);
  const run = { apiVersion, kind: 'DatabaseBackupRun', spec: { backupName: 'shop', requestedBy: 'Ann' } };
  await apply({ ...run, metadata: { name: 'asked-for' } });
  for (const name of ['by-hand', 'asked-for']) {
    const { status } = await world.ended(name);
    assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));
  }
  assert.match(await ann(['get', 'dbbr']), /^asked-for +shop +Succeeded +API/m);
  assert.match(await ann(['describe', 'dbb', 'shop']), /RunSucceeded/);

  const syncs = sheetSyncs(world);
  await apply(syncs.resource('shop', { sheets: [{ name: 'Customers', table: 'public.customers' }] }));
  await ann(['wait', 'sheetsync/shop', '--for=condition=Ready', '--timeout=120s']);
  await ann(['create', 'job', 'sync-by-hand', '--from=cronjob/shop-sync']);
  const syncRun = { ...run, kind: 'SheetSyncRun', spec: { syncName: 'shop', requestedBy: 'Ann' } };
  await apply({ ...syncRun, metadata: { name: 'sync-asked-for' } });
  for (const name of ['sync-by-hand', 'sync-asked-for']) {
    const { status } = await syncs.ended(name);
    assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));
  }
  assert.match(await ann(['get', 'ssr']), /^sync-asked-for +shop +Succeeded +API/m);

  const lie = '{"status":{"lastSuccessTime":"2020-01-01T00:00:00Z"}}';
  for (const kind of ['databasebackup', 'sheetsync']) {
    const patch = ['patch', kind, 'shop', '--subresource=status', '--type=merge', '-p', lie];
    await assert.rejects(ann(patch), /forbidden/i);
    await assert.rejects(ann(['get', kind, '--all-namespaces']), /forbidden/i);
    await assert.rejects(ann(['delete', 'crd', `${kind}s.dbbackup.dev`]), /forbidden/i);
  }

  await assertRecovered(t, world, 'shop');
  await ann(['delete', 'dbb,ss', 'shop']);
  await world.until(async () =>
    assert.equal(await world.kubectl('get', 'dbbr,ssr,cronjobs,jobs', '-o', 'name'), ''),
  );
});
