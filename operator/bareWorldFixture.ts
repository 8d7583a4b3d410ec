import type { TestContext } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { SyncSpecInput } from '../crds/sheetSync.ts';
import type { ClusterAccess } from '../sandbox/kubernetes/access.ts';
import { testNamespace } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { kubernetesClient } from './controller/httpClient.ts';
import type { KubernetesClient } from './controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from './controller/kubernetesObject.ts';
import { type FakeKubelet, startFakeKubelet } from './fakeKubeletFixture.ts';
import { type History, openHistory } from './historyFixture.ts';
import { applyRights } from './operatorFixture.ts';
import { backupKind } from './reconcile/backupKind.ts';
import { type CronJob, cronJobs, type Job, jobs, type Run, type Scheduled } from './reconcile/kinds.ts';
import { cronJobName, type ScheduledKind } from './reconcile/scheduledKind.ts';

/** What is in a namespace at one moment, by consistent reads. */
export interface Snapshot {
  readonly kind: ScheduledKind;
  readonly owners: readonly Scheduled[];
  readonly cronJobs: readonly CronJob[];
  readonly jobs: readonly Job[];
  readonly runs: readonly Run[];
}

/** A namespace with the rights of an operator and a fake kubelet, for objects of one kind: no node, no database, no Google. */
export interface BareWorld {
  readonly kind: ScheduledKind;
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** The administrator's. */
  readonly client: KubernetesClient;
  readonly kubelet: FakeKubelet;
  readonly history: History;
  /** On demand, without retries and with a mail for each failure, unless the spec says otherwise. */
  applyOwner(name: string, spec?: OwnerSpec): Promise<Scheduled>;
  /** A Job as `kubectl create job --from` makes it, or the CronJob controller; waits for the CronJob. */
  createJob(owner: string, name: string, how: 'Manual' | 'Schedule'): Promise<Job>;
  createRun(owner: string, name: string): Promise<Run>;
  snapshot(): Promise<Snapshot>;
  owner(name: string): Promise<Scheduled>;
}

/** What a test says of an object; the rest of its spec is the plain one of its kind. */
type OwnerSpec = Partial<BackupSpecInput> | Partial<SyncSpecInput>;

export interface BareWorldOptions {
  /** Left out: backups. */
  readonly kind?: ScheduledKind;
  readonly ending?: Parameters<typeof startFakeKubelet>[3];
}

/** Makes the world of a test. The CRDs have to be there. */
export async function bareWorld(
  t: TestContext,
  cluster: ClusterAccess,
  { kind = backupKind, ending }: BareWorldOptions = {},
): Promise<BareWorld> {
  const namespace = await testNamespace(t, cluster);
  await applyRights(cluster, namespace);
  const client = kubernetesClient(cluster.adminConfig, { fieldManager: 'tester', userAgent: 'tester' });
  t.after(() => client.close());
  const { signal } = new AbortController();
  async function list<T extends KubernetesObject>(resource: Resource): Promise<readonly T[]> {
    return (await client.list<T>(resource, { namespace }, signal)).items;
  }
  async function get<T extends KubernetesObject>(resource: Resource, name: string): Promise<T> {
    const found = await client.get<T>(resource, namespace, name, signal);
    if (found === undefined) throw new Error(`There is no ${resource.kind} ${name}.`);
    return found;
  }
  return {
    ...{ kind, cluster, namespace, client },
    kubelet: startFakeKubelet(t, cluster, namespace, ending),
    history: await openHistory(t, cluster, namespace, kind),
    applyOwner(name, spec = {}) {
      const plain = kind.resource.kind === 'SheetSync' ? plainSyncSpec : plainSpec;
      const owner = {
        ...{ apiVersion, kind: kind.resource.kind, metadata: { name, namespace } },
        spec: { ...plain, ...spec },
      };
      return client.apply<Scheduled>(kind.resource, owner, { force: true }, signal);
    },
    async createJob(owner, name, how) {
      const cronJob = cronJobName(kind, { metadata: { name: owner } });
      const from = await eventually(() => get<CronJob>(cronJobs, cronJob));
      return client.create(jobs, jobFrom(from, name, how), signal);
    },
    createRun(owner, name) {
      const metadata = { name, namespace };
      const run = { apiVersion, kind: kind.runs.kind, metadata, spec: kind.runSpec(owner) };
      return client.create<Run>(kind.runs, run, signal);
    },
    async snapshot() {
      return {
        kind,
        owners: await list<Scheduled>(kind.resource),
        cronJobs: await list<CronJob>(cronJobs),
        jobs: await list<Job>(jobs),
        runs: await list<Run>(kind.runs),
      };
    },
    owner: (name) => get<Scheduled>(kind.resource, name),
  };
}

/** A backup on demand, without retries and with a mail for each failure. */
export const plainSpec: BackupSpecInput = {
  database: { secretRef: { name: 'shop-db' } },
  destination: { googleDrive: { folderID: '1AbCdEfGhIj', credentialsSecretRef: { name: 'drive-oauth' } } },
  notification: {
    email: { to: ['ops@example.com'], smtp: { host: 'relay', tls: 'Off' }, when: 'OnFailure' },
  },
  retries: 0,
};

const plainSyncSpec: SyncSpecInput = {
  database: { secretRef: { name: 'shop-db' } },
  spreadsheet: {
    googleSheets: { spreadsheetID: '1AbCdEfGhIj', credentialsSecretRef: { name: 'drive-oauth' } },
  },
  sheets: [{ name: 'Customers', table: 'public.customers' }],
  notification: { email: { to: ['ops@example.com'], smtp: { host: 'relay', tls: 'Off' } } },
  retries: 0,
};

interface JobTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: Job['spec'];
}

function jobFrom(
  { apiVersion, kind, metadata, spec }: CronJob,
  name: string,
  how: 'Manual' | 'Schedule',
): Job {
  const template = spec.jobTemplate as JobTemplate;
  const annotations =
    how === 'Manual'
      ? { 'cronjob.kubernetes.io/instantiate': 'manual' }
      : { 'batch.kubernetes.io/cronjob-scheduled-timestamp': new Date().toISOString() };
  const { name: owner, uid = '', namespace = '' } = metadata;
  const ownerReferences = [
    { apiVersion, kind, name: owner, uid, controller: true, blockOwnerDeletion: true },
  ];
  return {
    ...{ apiVersion: 'batch/v1', kind: 'Job' },
    metadata: { name, namespace, labels: template.metadata.labels, annotations, ownerReferences },
    spec: template.spec,
  };
}
