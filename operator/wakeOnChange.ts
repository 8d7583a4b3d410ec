import type { KubernetesObject } from './controller/kubernetesObject.ts';
import { objectKey } from './controller/kubernetesObject.ts';
import type { Known } from './controller/store.ts';
import type { WorkQueue } from './controller/workQueue.ts';
import type { CheckSlots } from './reconcile/checkSlots.ts';
import { byBackup, ownerKeyOf, ownerKeyOfRun, type Stores } from './reconcile/cluster.ts';
import { labels } from './reconcile/kinds.ts';
import { isFinal } from './reconcile/runStatus.ts';
import type { ScheduledKind } from './reconcile/scheduledKind.ts';

/** The queues of the kinds that are reconciled. */
export interface Queues {
  readonly scheduled: readonly { readonly kind: ScheduledKind; readonly queue: WorkQueue }[];
  readonly restores: WorkQueue;
}

/** Every change of an object that belongs to one of ours has that looked at. Our own writes do not: who made them looks anyway. */
export function wakeOnChange(stores: Stores, { scheduled, restores }: Queues, slots: CheckSlots): void {
  function wake<T extends KubernetesObject>(
    store: Known<T>,
    queue: WorkQueue,
    keyOf: (object: T) => string | undefined,
  ): void {
    store.onChange(({ object, isOwn }) => {
      const key = isOwn ? undefined : keyOf(object);
      if (key !== undefined) queue.add(key);
    });
  }
  function wakeOwner(queue: WorkQueue, kind: string): void {
    wake(stores.jobs, queue, (job) => ownerKeyOf(kind, job));
    wake(stores.pods, queue, (pod) => ownerKeyOf(kind, pod));
  }
  for (const { kind, queue } of scheduled) {
    wake(kind.owners(stores), queue, objectKey);
    wake(kind.records(stores), queue, (run) => ownerKeyOfRun(kind, run));
    // A CronJob of the name that somebody else labelled is one to look at, too.
    wake(stores.cronJobs, queue, (cronJob) => ownerOfCronJob(kind, objectKey(cronJob)));
    wakeOwner(queue, kind.resource.kind);
  }
  wake(stores.restores, restores, objectKey);
  wakeOwner(restores, 'DatabaseRestore');
  // Restores that wait for it.
  stores.backups.onChange(({ object }) => {
    for (const restore of stores.restores.by(byBackup, objectKey(object))) {
      if (!isFinal(restore.status)) restores.add(objectKey(restore));
    }
  });
  stores.jobs.onChange(({ object }) => {
    if (object.metadata.labels?.[labels.purpose] === 'check') slots.freed();
  });
}

/** Key of the object of a kind whose CronJob has this key, if it has the form of one. */
function ownerOfCronJob({ cronJobSuffix }: ScheduledKind, key: string): string | undefined {
  return key.endsWith(cronJobSuffix) ? key.slice(0, key.length - cronJobSuffix.length) : undefined;
}
