import type { KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { Store } from '../controller/store.ts';
import {
  type Backup,
  type CronJob,
  type Job,
  ownerLabels,
  type Pod,
  type Restore,
  type Run,
  type Sync,
} from './kinds.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/** What the operator knows of the cluster: one store a kind, each fed by its list-watch and by our own writes. */
export interface Stores {
  readonly backups: Store<Backup>;
  readonly runs: Store<Run>;
  readonly restores: Store<Restore>;
  readonly syncs: Store<Sync>;
  readonly syncRuns: Store<Run>;
  readonly cronJobs: Store<CronJob>;
  readonly jobs: Store<Job>;
  readonly pods: Store<Pod>;
}

export interface Cluster {
  readonly client: KubernetesClient;
  readonly stores: Stores;
}

/** Key of the object of ours of a kind that a Job, a pod or a CronJob names by its label. */
export function ownerKeyOf(
  kind: string,
  { metadata }: Pick<KubernetesObject, 'metadata'>,
): string | undefined {
  const name = metadata.labels?.[ownerLabels[kind] ?? ''];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** Key of the backup or the sync that a record or a request names. */
export function ownerKeyOfRun(kind: ScheduledKind, run: Run): string {
  return `${run.metadata.namespace}/${kind.ownerOf(run)}`;
}

/** Key of the backup that a restore takes its set from; undefined where it names a folder. */
export function backupKeyOfRestore({ metadata, spec }: Restore): string | undefined {
  return spec.backupName === undefined ? undefined : `${metadata.namespace}/${spec.backupName}`;
}

export const byBackup = 'backup';
export const byJob = 'job';
/** Of records by the key of their owner, of Jobs by `ownerKey`. */
export const byOwner = 'owner';

/** Key of an object among those of all kinds of ours. */
export function ownerKey(kind: string, key: string): string {
  return `${kind} ${key}`;
}

/** The indexes that `observe` reads. */
export function indexStores(stores: Stores, kinds: readonly ScheduledKind[]): void {
  const { restores, jobs, pods } = stores;
  for (const kind of kinds) kind.records(stores).index(byOwner, (run) => [ownerKeyOfRun(kind, run)]);
  restores.index(byBackup, (restore) => {
    const key = backupKeyOfRestore(restore);
    return key === undefined ? [] : [key];
  });
  jobs.index(byOwner, (job) =>
    Object.keys(ownerLabels).flatMap((kind) => {
      const key = ownerKeyOf(kind, job);
      return key === undefined ? [] : [ownerKey(kind, key)];
    }),
  );
  pods.index(byJob, ({ metadata }) =>
    (metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid),
  );
}

/** Jobs of an object that runs on a schedule, whoever made them. */
export function jobsOf({ jobs }: Stores, { resource }: ScheduledKind, key: string): readonly Job[] {
  return jobs.by(byOwner, ownerKey(resource.kind, key));
}
