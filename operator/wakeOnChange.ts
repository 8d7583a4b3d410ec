import type { KubernetesObject } from './controller/kubernetesObject.ts';
import { objectKey } from './controller/kubernetesObject.ts';
import type { Store } from './controller/store.ts';
import type { WorkQueue } from './controller/workQueue.ts';
import type { CheckSlots } from './reconcile/checkSlots.ts';
import { backupKeyOf, backupKeyOfRun, type Stores } from './reconcile/cluster.ts';
import { labels } from './reconcile/kinds.ts';

/** Every change of an object that belongs to a backup has the backup looked at. Our own writes do not: who made them looks anyway. */
export function wakeOnChange(stores: Stores, queue: WorkQueue, slots: CheckSlots): void {
  function wake<T extends KubernetesObject>(store: Store<T>, keyOf: (object: T) => string | undefined): void {
    store.onChange(({ object, isOwn }) => {
      const key = isOwn ? undefined : keyOf(object);
      if (key !== undefined) queue.add(key);
    });
  }
  wake(stores.backups, objectKey);
  wake(stores.runs, backupKeyOfRun);
  // A CronJob of the name that somebody else labelled is one to look at, too.
  wake(stores.cronJobs, objectKey);
  wake(stores.jobs, backupKeyOf);
  wake(stores.pods, backupKeyOf);
  stores.jobs.onChange(({ object }) => {
    if (object.metadata.labels?.[labels.purpose] === 'check') slots.freed();
  });
}
