import type { KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { Store } from '../controller/store.ts';
import { type Backup, type CronJob, type Job, labels, type Pod, type Run } from './kinds.ts';

/** What the operator knows of the cluster: one store a kind, each fed by its list-watch and by our own writes. */
export interface Stores {
  readonly backups: Store<Backup>;
  readonly runs: Store<Run>;
  readonly cronJobs: Store<CronJob>;
  readonly jobs: Store<Job>;
  readonly pods: Store<Pod>;
}

export interface Cluster {
  readonly client: KubernetesClient;
  readonly stores: Stores;
}

/** Key of the backup that a Job, a pod or a CronJob of ours names by its label. */
export function backupKeyOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string | undefined {
  const name = metadata.labels?.[labels.backup];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** Key of the backup that a record or a request names. */
export function backupKeyOfRun({ metadata, spec }: Run): string {
  return `${metadata.namespace}/${spec.backupName}`;
}

export const byBackup = 'backup';
export const byJob = 'job';

/** The indexes that `observe` reads. */
export function indexStores({ runs, jobs, pods }: Stores): void {
  runs.index(byBackup, (run) => [backupKeyOfRun(run)]);
  jobs.index(byBackup, (job) => [backupKeyOf(job)].filter((key) => key !== undefined));
  pods.index(byJob, ({ metadata }) =>
    (metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid),
  );
}
