import { withoutManagedFields } from '../controller/informer.ts';
import type { ObjectMeta } from '../controller/kubernetesObject.ts';
import { type CronJob, type Job, labels, operatorName, ownerLabels, type Pod } from './kinds.ts';

// What the stores keep of an object: with thousands of Jobs the rest is most of the memory.

/** A Job without its pod template. */
export function slimJob(job: Job): Job {
  const { template, podFailurePolicy, selector, ...spec } = job.spec;
  return { ...withoutManagedFields(job), spec };
}

/** A pod with the parts that tell how it does. */
export function slimPod(pod: Pod): Pod {
  const { apiVersion, kind, metadata, spec, status } = withoutManagedFields(pod);
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
            initContainerStatuses: status.initContainerStatuses,
          }),
        }),
  };
}

const keptLabels: ReadonlySet<string> = new Set([...Object.values(ownerLabels), labels.purpose]);
function pick(all: ObjectMeta['labels']): ObjectMeta['labels'] {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => keptLabels.has(key)));
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}

/** A CronJob with the mark that somebody else holds fields of its spec, which an apply of ours would leave in place. */
export function slimCronJob(cronJob: CronJob): CronJob {
  const foreignFields = hasForeignFields(cronJob);
  return { ...withoutManagedFields(cronJob), ...(foreignFields ? { foreignFields } : {}) };
}

/** Whether a manager other than us holds fields of the spec. The CronJob controller writes the status alone. */
export function hasForeignFields({ metadata }: CronJob): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager !== operatorName && subresource === undefined && fieldsV1?.['f:spec'] !== undefined,
  );
}
