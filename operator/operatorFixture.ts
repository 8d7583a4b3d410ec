import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion } from '../crds/databaseBackup.ts';
import { startFakeGoogle } from '../sandbox/google/fakeGoogle.ts';
import type { ClusterAccess } from '../sandbox/kubernetes/access.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { dbbackupImage } from '../sandbox/kubernetes/node/dbbackupImage.ts';
import { type TestNode, testNode } from '../sandbox/kubernetes/node/testNode.ts';
import { type OperatorProcess, startOperatorProcess } from '../sandbox/kubernetes/operatorProcess.ts';
import { type Mailbox, startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { eventually, temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import type { Backup, BackupRun } from './reconcile/kinds.ts';

/** Name of the image that the process node of a test knows as ours. */
export const image = 'dbbackup:test';

/** The ServiceAccount and the rights of operator/rbac/namespaced.yaml in one namespace, where its Lease is, too. */
export async function applyRights(cluster: ClusterAccess, namespace: string): Promise<void> {
  const read = (file: string) => readFile(join(import.meta.dirname, 'rbac', file), 'utf8');
  const namespaced = (await read('namespaced.yaml')).replaceAll(
    /namespace: (shop|database-backup-system)/g,
    `namespace: ${namespace}`,
  );
  // Of the cluster-wide file: the account, and the Role of the Lease with its binding.
  const wanted = (await read('cluster.yaml'))
    .split(/^---$/m)
    .filter((text) => /kind: ServiceAccount\nmetadata|database-backup-operator-lease/.test(text))
    .map((text) => text.replaceAll('namespace: database-backup-system', `namespace: ${namespace}`));
  await cluster.kubectl(['apply', '-f', '-'], { input: [namespaced, ...wanted].join('\n---\n') });
}

/** A running operator, and what it logged. */
export interface TestOperator extends Omit<OperatorProcess, typeof Symbol.asyncDispose> {
  readonly lines: readonly LogLine[];
  /** What a page of it says: `/metrics`, `/readyz`. */
  page(path: string): Promise<{ status: number; text: string }>;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Starts the operator under its own ServiceAccount in a namespace; ended with the test. */
export async function startOperator(
  t: TestContext,
  cluster: ClusterAccess,
  namespace: string,
  options: { args?: string[]; server?: string; identity?: string } = {},
): Promise<TestOperator> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(
    namespace,
    'database-backup-operator',
    options.server === undefined ? {} : { server: options.server },
  );
  const args = [
    ...['--namespaces', namespace, '--lease-namespace', namespace],
    ...['--identity', options.identity ?? 'test', ...(options.args ?? [])],
  ];
  const lines: LogLine[] = [];
  const onLine = (line: string) => void lines.push(JSON.parse(line) as LogLine);
  const operator = await startOperatorProcess({ kubeconfig, image, args, onLine });
  t.after(() => operator.kill());
  const { metricsURL, healthURL, stop, kill } = operator;
  return {
    ...{ lines, metricsURL, healthURL, stop, kill },
    get hasEnded() {
      return operator.hasEnded;
    },
    async page(path) {
      const answer = await fetch(`${path === '/metrics' ? metricsURL : healthURL}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
  };
}

/** A namespace with a node, a database, the fake Google and a mailbox, for backups as a user applies them. */
export interface OperatorWorld extends TestNode {
  readonly cluster: ClusterAccess;
  readonly google: Awaited<ReturnType<typeof startFakeGoogle>>;
  readonly mailbox: Mailbox;
  readonly uri: string;
  /** Applies a DatabaseBackup; fields of the spec replace those of the ordinary one. */
  applyBackup(name: string, spec?: Partial<BackupSpecInput>): Promise<void>;
  /** Applies one and makes its first set, by the run `NAME-now`; gives the name of the set. */
  backUp(name: string, spec?: Partial<BackupSpecInput>): Promise<string>;
  backup(name: string): Promise<Backup>;
  runs(backup?: string): Promise<BackupRun[]>;
  run(name: string): Promise<BackupRun>;
  /** Waits until a look at something does not throw, as `eventually` does, and has the operator's log in the error. */
  until<T>(look: () => Promise<T>): Promise<T>;
}

/** Makes the world of a test; `sql` fills its database. */
export async function operatorWorld(
  t: TestContext,
  cluster: ClusterAccess,
  sql: string,
): Promise<OperatorWorld> {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t) });
  const mailbox = await startMailbox();
  t.after(async () => {
    await google.stop();
    await mailbox.stop();
  });
  const uri = await testDatabase(t, sql);
  await applyCrds(cluster);
  const world = await testNode(t, cluster, {
    images: { [image]: dbbackupImage({ DBBACKUP_GOOGLE_URL: google.url }) },
  });
  const { namespace, node, kubectl } = world;
  await applyRights(cluster, namespace);
  const secret = (name: string, stringData: object) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  });
  await world.apply(secret('shop-db', { uri }));
  await world.apply(secret('drive-oauth', { 'token.json': JSON.stringify(google.credentials) }));
  const get = async <T>(what: string, name = '') =>
    JSON.parse(await kubectl('get', what, ...(name === '' ? [] : [name]), '-o', 'json')) as T;
  const made: OperatorWorld = {
    ...world,
    ...{ cluster, google, mailbox, uri },
    async backUp(name, spec = {}) {
      await made.applyBackup(name, { retries: 0, ...spec });
      await made.until(() => kubectl('get', 'cronjob', name));
      await kubectl('create', 'job', `--from=cronjob/${name}`, `${name}-now`);
      return made.until(async () => {
        const { status } = await made.run(`${name}-now`);
        assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));
        return status?.set ?? '';
      });
    },
    async applyBackup(name, spec = {}) {
      const backup = {
        ...{ apiVersion, kind: 'DatabaseBackup', metadata: { name, namespace } },
        spec: {
          database: { secretRef: { name: 'shop-db' } },
          destination: {
            googleDrive: { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } },
          },
          notification: {
            email: { to: ['ops@example.com'], smtp: { host: mailbox.host, port: mailbox.port, tls: 'Off' } },
          },
          formats: ['csv', 'json'],
          ...spec,
          runner: {
            nodeSelector: { 'kubernetes.io/hostname': node.name },
            tolerations: [{ key: 'dbbackup.dev/test-node', operator: 'Exists' }],
            ...spec.runner,
          },
        },
      };
      await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(backup) });
    },
    backup: (name) => get<Backup>('databasebackup', name),
    run: (name) => get<BackupRun>('databasebackuprun', name),
    async runs(backup) {
      const { items } = await get<{ items: BackupRun[] }>('databasebackuprun');
      return items.filter(({ spec }) => backup === undefined || spec.backupName === backup);
    },
    until: (look) => eventually(look),
  };
  return made;
}
