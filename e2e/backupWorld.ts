import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion } from '../crds/databaseBackup.ts';
import { backupKind } from '../operator/reconcile/backupKind.ts';
import type { Backup, BackupRun, Job, Pod } from '../operator/reconcile/kinds.ts';
import { type FakeGoogle, startFakeGoogle } from '../sandbox/google/fakeGoogle.ts';
import type { PostgresAccess } from '../sandbox/postgres/access.ts';
import { type Relay, startRelay } from '../sandbox/relay.ts';
import { type Mailbox, type MailboxOptions, startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { eventually, temporaryDirectory, testPostgres } from '../sandbox/testing.ts';
import { operatorLog } from './release.ts';
import { type ScheduledObjects, scheduledObjects } from './scheduledObjects.ts';
import type { SuiteCluster } from './suiteCluster.ts';

/** What can be chosen of a world. */
export interface WorldOptions {
  /** Default: the server that the suite shares. */
  server?: PostgresAccess;
  labels?: Record<string, string>;
  mailbox?: MailboxOptions;
  /** Password of the role that the backups come in by. */
  password?: string;
}

/** Labels of a namespace whose pods may do little. */
export const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** A namespace and, outside of the cluster, what its backups need; each behind a relay that can be barred. */
export interface BackupWorld extends Omit<ScheduledObjects<Backup, BackupRun>, 'get'> {
  readonly cluster: SuiteCluster;
  readonly namespace: string;
  readonly server: PostgresAccess;
  /** The database as the administrator comes in from this host, and as pods do. */
  readonly uri: string;
  readonly podURI: string;
  readonly google: FakeGoogle;
  readonly mailbox: Mailbox;
  readonly relays: { readonly database: Relay; readonly google: Relay; readonly mail: Relay };
  kubectl(...args: string[]): Promise<string>;
  /** Creates or changes an object in the namespace. */
  apply(object: object): Promise<void>;
  applySecret(name: string, stringData: Record<string, string>): Promise<void>;
  /** An object of ours about `shop-db`, whose mails go to ops@example.com and whose pods know the fake; `spec` wins. */
  object(kind: string, name: string, spec: ObjectSpec): object;
  /** The ordinary backup: csv and json to the fake's folder; `spec` wins. */
  resource(name: string, spec?: Partial<BackupSpecInput>): object;
  applyBackup(name: string, spec?: Partial<BackupSpecInput>): Promise<void>;
  backup(name: string): Promise<Backup>;
  job(name: string): Promise<Job>;
  pods(job: string): Promise<Pod[]>;
  /** Waits until a pod of this run's Job runs, and gives its name. */
  runningPod(run: string): Promise<string>;
  /** Waits until a look does not throw; the error has what the operator logged at last. */
  until<T>(look: () => T | Promise<T>, seconds?: number): Promise<T>;
}

type ObjectSpec = object & Pick<BackupSpecInput, 'runner'>;

/** Makes the world of a test; `sql` fills its database. All of it is gone when the test is over. */
export async function backupWorld(
  t: TestContext,
  cluster: SuiteCluster,
  sql: string,
  options: WorldOptions = {},
): Promise<BackupWorld> {
  const server = options.server ?? (await testPostgres(t));
  const relays = {
    database: await startRelay(cluster.listen),
    google: await startRelay(cluster.listen),
    mail: await startRelay(cluster.listen),
  };
  const google = await startFakeGoogle({
    directory: await temporaryDirectory(t),
    publicURL: `http://${cluster.host}:${relays.google.port}`,
  });
  const mailbox = await startMailbox({ ...options.mailbox, names: [cluster.host] });
  relays.database.target = server.port;
  relays.google.target = google.port;
  relays.mail.target = mailbox.port;
  t.after(async () => {
    for (const relay of Object.values(relays)) await relay[Symbol.asyncDispose]();
    await google.stop();
    await mailbox.stop();
  });
  const uri = await server.createDatabase();
  t.after(() => server.dropDatabase(uri).catch(() => {})); // a server that the test has ended has none
  await server.query(sql, uri);
  const pod = new URL(uri);
  pod.host = `${cluster.host}:${relays.database.port}`;
  const namespace = `e2e-${randomBytes(4).toString('hex')}`;
  const world = worldOf({
    ...{ cluster, namespace, server, uri, podURI: pod.href, google, mailbox, relays },
  });
  const { labels } = options;
  await cluster.run(['create', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }),
  });
  t.after(() => cluster.run(['delete', 'namespace', namespace, '--wait=false']));
  await world.applySecret('shop-db', { uri: world.podURI });
  await world.applySecret('drive-oauth', { 'token.json': JSON.stringify(google.credentials) });
  return world;
}

type Surroundings = Pick<
  BackupWorld,
  'cluster' | 'namespace' | 'server' | 'uri' | 'podURI' | 'google' | 'mailbox' | 'relays'
>;

function worldOf(given: Surroundings): BackupWorld {
  const { cluster, namespace, google, relays } = given;
  const kubectl = (...args: string[]) => cluster.run(['--namespace', namespace, ...args]);
  const get = async <T>(...what: string[]) => JSON.parse(await kubectl('get', ...what, '-o', 'json')) as T;
  const apply = async (object: object) => {
    const input = JSON.stringify(object);
    await cluster.run(['apply', '--namespace', namespace, '-f', '-'], { input });
  };
  const until: BackupWorld['until'] = async (look, seconds) => {
    try {
      return await eventually(look, seconds);
    } catch (error) {
      const log = await operatorLog(cluster).catch((reason: Error) => reason.message);
      throw new Error(`${(error as Error).message}\nThe operator: ${log.slice(-4_000)}`, { cause: error });
    }
  };
  const object: BackupWorld['object'] = (kind, name, spec) => ({
    ...{ apiVersion, kind, metadata: { name, namespace } },
    spec: {
      database: { secretRef: { name: 'shop-db' } },
      notification: {
        email: { to: ['ops@example.com'], smtp: { host: cluster.host, port: relays.mail.port, tls: 'Off' } },
      },
      ...spec,
      runner: {
        ...spec.runner,
        env: [...(spec.runner?.env ?? []), { name: 'DBBACKUP_GOOGLE_URL', value: google.url }],
      },
    },
  });
  const resource: BackupWorld['resource'] = (name, spec = {}) =>
    object('DatabaseBackup', name, {
      destination: {
        googleDrive: { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } },
      },
      formats: ['csv', 'json'],
      ...spec,
    });
  const { get: backup, ...objects } = scheduledObjects<Backup, BackupRun>(backupKind, {
    ...{ kubectl, apply, until },
  });
  const world: BackupWorld = {
    ...{ ...given, ...objects, kubectl, apply, until, object, resource, backup },
    applySecret: (name, stringData) =>
      apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }),
    applyBackup: (name, spec) => apply(resource(name, spec)),
    job: (name) => get<Job>('job', name),
    pods: async (job) => (await get<{ items: Pod[] }>('pod', '--selector', `job-name=${job}`)).items,
    runningPod: (run) =>
      until(async () => {
        const running = (await world.pods(run)).find(
          ({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp,
        );
        assert.ok(running, `no pod of ${run} runs`);
        return running.metadata.name;
      }, 120),
  };
  return world;
}
