import type { Logger } from 'pino';
import { Informer } from './controller/informer.ts';
import type { KubernetesClient } from './controller/kubernetesClient.ts';
import type { KubernetesObject } from './controller/kubernetesObject.ts';
import { indexStores, type Stores } from './reconcile/cluster.ts';
import {
  type Backup,
  backups,
  type CronJob,
  cronJobs,
  type Job,
  jobs,
  labels,
  type Pod,
  pods,
  type Restore,
  type Run,
  restores,
  runs,
  type Sync,
  syncRuns,
  syncs,
} from './reconcile/kinds.ts';
import { scheduledKinds } from './reconcile/scheduledKinds.ts';
import { slimCronJob, slimJob, slimPod } from './reconcile/storedObjects.ts';

/** The list-watches of the operator, and what they know. */
export interface Informers {
  readonly stores: Stores;
  readonly all: readonly Pick<Informer<KubernetesObject>, 'name' | 'hasSynced'>[];
  /** Runs until the signal aborts; never throws. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when every first list is in its store, or the signal aborts. */
  synced(signal: AbortSignal): Promise<void>;
}

/** Of Jobs, pods and CronJobs only those with our labels are asked for. */
export function informers(
  client: KubernetesClient,
  namespaces: readonly string[] | undefined,
  logger: Logger,
): Informers {
  const common = { client, namespaces, logger };
  const own = { ...common, labelSelector: labels.purpose };
  const of = {
    backups: new Informer<Backup>({ ...common, resource: backups }),
    runs: new Informer<Run>({ ...common, resource: runs }),
    restores: new Informer<Restore>({ ...common, resource: restores }),
    syncs: new Informer<Sync>({ ...common, resource: syncs }),
    syncRuns: new Informer<Run>({ ...common, resource: syncRuns }),
    cronJobs: new Informer<CronJob>({ ...own, resource: cronJobs, transform: slimCronJob }),
    jobs: new Informer<Job>({ ...own, resource: jobs, transform: slimJob }),
    pods: new Informer<Pod>({ ...own, resource: pods, transform: slimPod }),
  };
  const stores: Stores = {
    backups: of.backups.store,
    runs: of.runs.store,
    restores: of.restores.store,
    syncs: of.syncs.store,
    syncRuns: of.syncRuns.store,
    cronJobs: of.cronJobs.store,
    jobs: of.jobs.store,
    pods: of.pods.store,
  };
  indexStores(stores, scheduledKinds);
  const all = Object.values(of);
  return {
    stores,
    all,
    async run(signal) {
      await Promise.all(all.map((informer) => informer.run(signal)));
    },
    async synced(signal) {
      while (!signal.aborted && !all.every(({ hasSynced }) => hasSynced)) {
        await new Promise((done) => setTimeout(done, 20));
      }
    },
  };
}
