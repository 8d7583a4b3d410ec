import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { type ClusterAccess, KubectlError } from '../sandbox/kubernetes/access.ts';
import { startOperatorProcess } from '../sandbox/kubernetes/operatorProcess.ts';
import { ownCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually, temporaryDirectory } from '../sandbox/testing.ts';
import { chartFolder } from './chartFiles.ts';
import { type ChartObject, execute, find, type Helm, helm, type Values } from './chartFixture.ts';

const release = 'dbbackup';
const fullname = 'dbbackup-database-backup-operator';
const namespace = 'system';

/** Helm against a cluster. Rejects with what Helm says. */
function helmIn(program: Helm, cluster: ClusterAccess) {
  return async (args: readonly string[], given: Values = {}): Promise<string> => {
    const all = [...args, '--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
    const { status, stdout, stderr } = await program.run(all, given);
    assert.equal(status, 0, stderr);
    return stdout;
  };
}

/** The operator with the arguments of the Deployment and the rights of its account, as a process of this machine. */
async function startAsDeployed(t: TestContext, cluster: ClusterAccess, identity: string) {
  const deployment: ChartObject = JSON.parse(
    await cluster.kubectl(['get', 'deployment', fullname, '-n', namespace, '-o', 'json']),
  );
  const pod = deployment.spec.template.spec;
  const own = /^--(runner-image|metrics-address|health-address)=|POD_NAME/;
  const args = (pod.containers[0].args as string[]).slice(1).filter((each) => !own.test(each));
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, pod.serviceAccountName);
  const operator = await startOperatorProcess({
    ...{
      kubeconfig,
      image: 'dbbackup:test',
      args: [...args, '--identity', identity],
      onLine: () => {},
    },
  });
  t.after(() => operator.kill());
  return { operator, kubeconfig };
}

/** What the pod of `helm test` would do and say, as a process of this machine. */
async function helmTest(
  t: TestContext,
  program: Helm,
  cluster: ClusterAccess,
  kubeconfig: string,
  given: Values = {},
) {
  const directory = await temporaryDirectory(t);
  const { users } = parse(await readFile(kubeconfig, 'utf8')) as { users: { user: { token: string } }[] };
  await writeFile(join(directory, 'token'), users[0]?.user.token ?? '');
  const all = await program.render({ fullnameOverride: fullname, ...given }, ['--namespace', namespace]);
  const { args } = find(all, 'Pod').spec.containers[0];
  const { hostname, port } = new URL(cluster.serverURL);
  return execute(
    process.execPath,
    ['--input-type=module', '--eval', args[0], directory, ...args.slice(2)],
    '',
    { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, NODE_EXTRA_CA_CERTS: cluster.caFile },
  );
}

const backup = (name: string, more: object = {}) =>
  JSON.stringify({
    apiVersion: 'dbbackup.dev/v1alpha1',
    kind: 'DatabaseBackup',
    metadata: { name, namespace: 'shop' },
    spec: {
      schedule: '0 2 * * *',
      database: { secretRef: { name: 'db' } },
      destination: { directory: { path: '/backups', claimName: 'backups' } },
      ...more,
    },
  });

test('a release is installed, looked after, changed, removed and installed anew; the backups stay', async (t) => {
  const [program, cluster] = [await helm(t), await ownCluster(t)];
  if (!program || !cluster) return;
  const run = helmIn(program, cluster);
  const kubectl = (...args: string[]) => cluster.kubectl(args);
  await kubectl('create', 'namespace', 'shop');
  await run(['install', release, chartFolder, '--create-namespace']);
  const first = await startAsDeployed(t, cluster, 'first');

  await t.test('helm test finds the API, the rights and an operator that acts', async (t) => {
    const { status, stdout, stderr } = await helmTest(t, program, cluster, first.kubeconfig);
    assert.equal(stdout, 'ok: crds are served\nok: backups can be listed\nok: operator acts\n', stderr);
    assert.equal(status, 0);
  });

  const apply = (kubeconfig: string, name: string, more?: object) =>
    cluster.kubectl(['apply', '-f', '-'], { input: backup(name, more), kubeconfig });
  await t.test(
    "a person with Kubernetes' role edit works with backups, one with view only looks",
    async () => {
      for (const role of ['view', 'edit', 'admin']) {
        await kubectl('create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`, '-n', 'shop');
      }
      const [view, edit, admin] = await Promise.all(
        ['view', 'edit', 'admin'].map((name) => cluster.userKubeconfig(name)),
      );
      assert.ok(view && edit && admin);
      // The roles are put together by a controller.
      await eventually(() => apply(edit, 'shop'));
      assert.match(await cluster.kubectl(['get', 'dbb', 'shop', '-n', 'shop'], { kubeconfig: view }), /shop/);
      const may = async (kubeconfig: string, verb: string, resource: string, part = '') =>
        cluster
          .kubectl(['auth', 'can-i', verb, resource, '-n', 'shop', `--subresource=${part}`], { kubeconfig })
          .then((said) => said.trim())
          .catch((error: unknown) => {
            assert.ok(error instanceof KubectlError);
            return error.stdout.trim();
          });
      const backups = 'databasebackups.dbbackup.dev';
      const runs = 'databasebackupruns.dbbackup.dev';
      const restores = 'databaserestores.dbbackup.dev';
      const syncs = 'sheetsyncs.dbbackup.dev';
      const syncRuns = 'sheetsyncruns.dbbackup.dev';
      const table = [
        [view, 'watch', runs, 'yes'],
        [view, 'create', runs, 'no'],
        [view, 'delete', backups, 'no'],
        [view, 'watch', restores, 'yes'],
        [view, 'create', restores, 'no'],
        [edit, 'create', runs, 'yes'],
        [edit, 'create', restores, 'yes'],
        [edit, 'patch', restores, 'no', 'status'],
        [edit, 'delete', runs, 'yes'],
        [view, 'watch', syncs, 'yes'],
        [view, 'watch', syncRuns, 'yes'],
        [view, 'create', syncRuns, 'no'],
        [edit, 'create', syncs, 'yes'],
        [edit, 'create', syncRuns, 'yes'],
        [edit, 'patch', syncs, 'no', 'status'],
        [edit, 'deletecollection', syncs, 'no'],
        [admin, 'deletecollection', syncs, 'yes'],
        [edit, 'deletecollection', backups, 'no'],
        [edit, 'patch', backups, 'no', 'status'],
        [admin, 'deletecollection', backups, 'yes'],
        [admin, 'patch', backups, 'no', 'status'],
      ] as const;
      for (const [kubeconfig, verb, resource, expected, part] of table) {
        assert.equal(
          await may(kubeconfig, verb, resource, part),
          expected,
          `${kubeconfig} ${verb} ${resource}`,
        );
      }
    },
  );

  const cronJobUid = () => kubectl('get', 'cronjob', 'shop', '-n', 'shop', '-o', 'jsonpath={.metadata.uid}');
  await t.test('the operator makes a CronJob by its rights alone', async () => {
    // OwnerReferencesPermissionEnforcement refuses owners of kinds that are younger than half a minute.
    await eventually(cronJobUid, 180);
  });
  const uid = await cronJobUid();

  await t.test('an upgrade changes what was asked for', async () => {
    await run(['upgrade', release, chartFolder, '--values', '-'], {
      replicas: 2,
      operator: { workers: 8 },
      crds: { keep: true },
    });
    const deployment = JSON.parse(
      await kubectl('get', 'deployment', fullname, '-n', namespace, '-o', 'json'),
    );
    assert.equal(deployment.spec.replicas, 2);
    assert.ok(deployment.spec.template.spec.containers[0].args.includes('--workers=8'));
  });

  await t.test('what is uninstalled leaves the CRDs and the backups', async () => {
    await first.operator.stop();
    const said = await run(['uninstall', release]);
    assert.match(said, /CustomResourceDefinition.*databasebackups\.dbbackup\.dev/s);
    assert.match(await kubectl('get', 'dbb', '-n', 'shop', '-o', 'name'), /shop/);
    assert.equal(await cronJobUid(), uid);
    assert.equal(
      await kubectl(
        'get',
        'clusterrole,deployment',
        '-n',
        namespace,
        '-o',
        'name',
        '-l',
        'app.kubernetes.io/instance=dbbackup',
      ),
      '',
    );
  });

  await t.test('installed anew it takes them over, and starts no run for it', async (t) => {
    await run(['install', release, chartFolder]);
    const second = await startAsDeployed(t, cluster, 'second');
    await apply(cluster.kubeconfig, 'shop', { schedule: '30 3 * * *' });
    await eventually(async () => {
      const schedule = await kubectl(
        'get',
        'cronjob',
        'shop',
        '-n',
        'shop',
        '-o',
        'jsonpath={.spec.schedule}',
      );
      assert.equal(schedule, '30 3 * * *');
    });
    assert.equal(await cronJobUid(), uid);
    const jobs = await kubectl('get', 'jobs', '-n', 'shop', '-l', 'dbbackup.dev/purpose=run', '-o', 'name');
    assert.equal(jobs, '');
    await second.operator.stop();
  });
});

test('a release for some namespaces sees these and no other', async (t) => {
  const [program, cluster] = [await helm(t), await ownCluster(t)];
  if (!program || !cluster) return;
  const run = helmIn(program, cluster);
  for (const name of ['shop', 'blog', 'bank']) await cluster.kubectl(['create', 'namespace', name]);
  const given = { namespaces: ['shop', 'blog'] };
  await run(['install', release, chartFolder, '--create-namespace', '--values', '-'], given);
  const { operator, kubeconfig } = await startAsDeployed(t, cluster, 'some');
  const tested = await helmTest(t, program, cluster, kubeconfig, given);
  assert.deepEqual([tested.status, tested.stderr], [0, ''], tested.stdout);
  for (const name of ['shop', 'bank']) {
    await cluster.kubectl(['apply', '-f', '-'], {
      input: backup(name).replace('"namespace":"shop"', `"namespace":"${name}"`),
    });
  }
  await eventually(() => cluster.kubectl(['get', 'cronjob', 'shop', '-n', 'shop']), 180);
  await assert.rejects(
    cluster.kubectl(['get', 'databasebackups', '-n', 'bank'], { kubeconfig }),
    /cannot list/,
  );
  await assert.rejects(cluster.kubectl(['get', 'databasebackups', '-A'], { kubeconfig }), /cannot list/);
  assert.equal(await cluster.kubectl(['get', 'cronjobs', '-n', 'bank', '-o', 'name']), '');
  assert.equal(operator.hasEnded, false);
});

test('helm test says what is missing', async (t) => {
  const [program, cluster] = [await helm(t), await ownCluster(t)];
  if (!program || !cluster) return;
  const run = helmIn(program, cluster);
  await run(['install', release, chartFolder, '--create-namespace', '--values', '-'], {
    crds: { install: false },
    rbac: { create: false },
  });
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, fullname);
  const { status, stdout } = await helmTest(t, program, cluster, kubeconfig);
  assert.equal(status, 1);
  assert.match(stdout, /^failed: crds are served: GET \/apis\/dbbackup.dev\/v1alpha1: 404/m);
  assert.match(stdout, /^failed: operator acts: GET .*: 403 leases.* is forbidden/m);
});
