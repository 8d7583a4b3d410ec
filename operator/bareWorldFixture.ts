import type { TestContext } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion } from '../crds/databaseBackup.ts';
import type { ClusterAccess } from '../sandbox/kubernetes/access.ts';
import { testNamespace } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { kubernetesClient } from './controller/httpClient.ts';
import type { KubernetesClient } from './controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from './controller/kubernetesObject.ts';
import { type FakeKubelet, startFakeKubelet } from './fakeKubeletFixture.ts';
import { type History, openHistory } from './historyFixture.ts';
import { applyRights } from './operatorFixture.ts';
import {
  type Backup,
  backups,
  type CronJob,
  cronJobs,
  type Job,
  jobs,
  type Run,
  runs,
} from './reconcile/kinds.ts';

/** What is in a namespace at one moment, by consistent reads. */
export interface Snapshot {
  readonly backups: readonly Backup[];
  readonly cronJobs: readonly CronJob[];
  readonly jobs: readonly Job[];
  readonly runs: readonly Run[];
}

/** A namespace with the rights of an operator and a fake kubelet: no node, no database, no Drive. */
export interface BareWorld {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** The administrator's. */
  readonly client: KubernetesClient;
  readonly kubelet: FakeKubelet;
  readonly history: History;
  /** On demand, without retries and with a mail for each failure, unless the spec says otherwise. */
  applyBackup(name: string, spec?: Partial<BackupSpecInput>): Promise<Backup>;
  /** A Job as `kubectl create job --from` makes it, or the CronJob controller; waits for the CronJob. */
  createJob(backup: string, name: string, how: 'Manual' | 'Schedule'): Promise<Job>;
  createRun(backup: string, name: string): Promise<Run>;
  snapshot(): Promise<Snapshot>;
  backup(name: string): Promise<Backup>;
}

export interface BareWorldOptions {
  readonly ending?: Parameters<typeof startFakeKubelet>[3];
}

/** Makes the world of a test. The CRDs have to be there. */
export async function bareWorld(
  t: TestContext,
  cluster: ClusterAccess,
  { ending }: BareWorldOptions = {},
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
    ...{ cluster, namespace, client },
    kubelet: startFakeKubelet(t, cluster, namespace, ending),
    history: await openHistory(t, cluster, namespace),
    applyBackup(name, spec = {}) {
      const backup = {
        ...{ apiVersion, kind: 'DatabaseBackup', metadata: { name, namespace } },
        spec: { ...plainSpec, ...spec },
      };
      return client.apply<Backup>(backups, backup, { force: true }, signal);
    },
    async createJob(backup, name, how) {
      const cronJob = await eventually(() => get<CronJob>(cronJobs, backup));
      return client.create(jobs, jobFrom(cronJob, name, how), signal);
    },
    createRun(backup, name) {
      const metadata = { name, namespace };
      const run = { apiVersion, kind: 'DatabaseBackupRun', metadata, spec: { backupName: backup } };
      return client.create<Run>(runs, run, signal);
    },
    async snapshot() {
      return {
        backups: await list<Backup>(backups),
        cronJobs: await list<CronJob>(cronJobs),
        jobs: await list<Job>(jobs),
        runs: await list<Run>(runs),
      };
    },
    backup: (name) => get<Backup>(backups, name),
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
