import type { KubernetesObject } from './controller/kubernetesObject.ts';
import { objectKey } from './controller/kubernetesObject.ts';
import type { Store } from './controller/store.ts';
import type { WorkQueue } from './controller/workQueue.ts';
import type { CheckSlots } from './reconcile/checkSlots.ts';
import { backupKeyOf, backupKeyOfRun, byBackup, restoreKeyOf, type Stores } from './reconcile/cluster.ts';
import { labels } from './reconcile/kinds.ts';
import { isFinal } from './reconcile/runStatus.ts';

/** The queues of the kinds that are reconciled. */
export interface Queues {
  readonly backups: WorkQueue;
  readonly restores: WorkQueue;
}

/**
 * Every change of an object that belongs to a backup or a restore has that looked at. Our own writes do not: who made them looks
 * anyway.
 */
export function wakeOnChange(stores: Stores, { backups, restores }: Queues, slots: CheckSlots): void {
  function wake<T extends KubernetesObject>(
    store: Store<T>,
    queue: WorkQueue,
    keyOf: (object: T) => string | undefined,
  ): void {
    store.onChange(({ object, isOwn }) => {
      const key = isOwn ? undefined : keyOf(object);
      if (key !== undefined) queue.add(key);
    });
  }
  wake(stores.backups, backups, objectKey);
  wake(stores.runs, backups, backupKeyOfRun);
  // A CronJob of the name that somebody else labelled is one to look at, too.
  wake(stores.cronJobs, backups, objectKey);
  wake(stores.jobs, backups, backupKeyOf);
  wake(stores.pods, backups, backupKeyOf);
  wake(stores.restores, restores, objectKey);
  wake(stores.jobs, restores, restoreKeyOf);
  wake(stores.pods, restores, restoreKeyOf);
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
