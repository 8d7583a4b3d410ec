import type { KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject, ObjectMeta } from '../controller/kubernetesObject.ts';
import type { Store } from '../controller/store.ts';
import { type Backup, type CronJob, type Job, labels, operatorName, type Pod, type Run } from './kinds.ts';

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

/** Leaves out of an object what nobody reads: with thousands of Jobs it is most of the memory. */
export function slimObject<T extends KubernetesObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A Job without its pod template. */
export function slimJob(job: Job): Job {
  const { template, podFailurePolicy, selector, ...spec } = job.spec;
  return { ...slimObject(job), spec };
}

/** A pod with the parts that tell how it does. */
export function slimPod(pod: Pod): Pod {
  const { apiVersion, kind, metadata, spec, status } = slimObject(pod);
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    labels: all,
    ownerReferences,
  } = metadata;
  const kept = {
    ...{ name, namespace, uid, resourceVersion, creationTimestamp },
    ...{ deletionTimestamp, labels: pick(all), ownerReferences },
  };
  return {
    ...{ apiVersion, kind },
    metadata: defined(kept) as ObjectMeta,
    spec: { ...(spec?.nodeName === undefined ? {} : { nodeName: spec.nodeName }) },
    ...(status === undefined
      ? {}
      : {
          status: defined({
            phase: status.phase,
            reason: status.reason,
            message: status.message,
            startTime: status.startTime,
            conditions: status.conditions,
            containerStatuses: status.containerStatuses,
          }),
        }),
  };
}

function pick(all: ObjectMeta['labels']): ObjectMeta['labels'] {
  return Object.fromEntries(
    Object.entries(all ?? {}).filter(([key]) => key === labels.backup || key === labels.purpose),
  );
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}

/** A CronJob with the mark that somebody else holds fields of its spec, which an apply of ours would leave in place. */
export function slimCronJob(cronJob: CronJob): CronJob {
  const foreignFields = (cronJob.metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager !== operatorName && subresource === undefined && fieldsV1?.['f:spec'] !== undefined,
  );
  return { ...slimObject(cronJob), ...(foreignFields ? { foreignFields } : {}) };
}
