import type { KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { Store } from '../controller/store.ts';
import { type Backup, type CronJob, type Job, labels, type Pod, type Restore, type Run } from './kinds.ts';

/** What the operator knows of the cluster: one store a kind, each fed by its list-watch and by our own writes. */
export interface Stores {
  readonly backups: Store<Backup>;
  readonly runs: Store<Run>;
  readonly restores: Store<Restore>;
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

/** Key of the restore that a Job or a pod of ours names by its label. */
export function restoreKeyOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string | undefined {
  const name = metadata.labels?.[labels.restore];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** Key of the backup that a record or a request names. */
export function backupKeyOfRun({ metadata, spec }: Run): string {
  return `${metadata.namespace}/${spec.backupName}`;
}

/** Key of the backup that a restore takes its set from; undefined where it names a folder. */
export function backupKeyOfRestore({ metadata, spec }: Restore): string | undefined {
  return spec.backupName === undefined ? undefined : `${metadata.namespace}/${spec.backupName}`;
}

export const byBackup = 'backup';
export const byJob = 'job';

/** The indexes that `observe` reads. */
export function indexStores({ runs, restores, jobs, pods }: Stores): void {
  const keys = (key: string | undefined) => (key === undefined ? [] : [key]);
  runs.index(byBackup, (run) => [backupKeyOfRun(run)]);
  restores.index(byBackup, (restore) => keys(backupKeyOfRestore(restore)));
  jobs.index(byBackup, (job) => keys(backupKeyOf(job)));
  pods.index(byJob, ({ metadata }) =>
    (metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid),
  );
}
