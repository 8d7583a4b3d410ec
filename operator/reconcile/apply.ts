import { ApiError } from '../controller/kubernetesClient.ts';
import type { KubernetesObject } from '../controller/kubernetesObject.ts';
import type { Known } from '../controller/store.ts';
import { applyCronJob } from './applyCronJob.ts';
import type { Cluster } from './cluster.ts';
import { createJob } from './createJob.ts';
import {
  backups,
  type CronJob,
  type Job,
  jobs,
  labels,
  type Run,
  restores,
  runs,
  syncRuns,
  syncs,
} from './kinds.ts';
import { applyStatus, deleteObject, type Kind, patchObject } from './objectWrites.ts';
import type { Action, EventText } from './observed.ts';

export interface ApplyContext extends Cluster {
  readonly tell: (event: EventText) => void;
  /** Makes a check Job in a free slot; false if there is none. Left out where nothing is checked. */
  readonly inSlot?: (create: () => Promise<void>) => Promise<boolean>;
  /** The CronJob as our apply left it. */
  readonly settled?: (cronJob: CronJob) => void;
}

/** Does one write and takes its answer into the stores. False: it has to wait, and the object is looked at again then. */
export async function apply(action: Action, context: ApplyContext, signal: AbortSignal): Promise<boolean> {
  const ofJobs: Kind<Job> = { client: context.client, resource: jobs, store: context.stores.jobs };
  switch (action.type) {
    case 'ApplyCronJob':
      await applyCronJob(action, context, signal);
      return true;
    case 'CreateJob':
      if (context.inSlot && action.job.metadata.labels?.[labels.purpose] === 'check') {
        return context.inSlot(() => createJob(action.job, context, signal));
      }
      await createJob(action.job, context, signal);
      return true;
    case 'PatchJob':
      await patchObject(ofJobs, action.job, action.patch, signal);
      return true;
    case 'DeleteJob':
      await deleteObject(ofJobs, action.job, signal);
      return true;
    case 'CreateRun':
      await createRun(action.run, context, signal);
      return true;
    case 'AdoptRun':
      await patchObject(kindOf(action.run, context), action.run, action.change, signal);
      return true;
    case 'ApplyRunStatus':
      if ((await applyStatus(kindOf(action.run, context), action.run, signal)) && action.event)
        context.tell(action.event);
      return true;
    case 'DeleteRun':
      await deleteObject(kindOf(action.run, context), action.run, signal);
      return true;
    case 'ApplyStatus':
      if (await applyStatus(kindOf(action.object, context), action.object, signal)) {
        for (const event of action.events) context.tell(event);
      }
      return true;
  }
}

/** The kind of ours that an object has. */
function kindOf<T extends KubernetesObject>({ kind }: T, { client, stores }: Cluster): Kind<T> {
  const kinds = [
    [backups, stores.backups],
    [runs, stores.runs],
    [restores, stores.restores],
    [syncs, stores.syncs],
    [syncRuns, stores.syncRuns],
  ] as const;
  const found = kinds.find(([resource]) => resource.kind === kind);
  if (found === undefined) throw new Error(`${kind} is no kind of ours.`);
  const [resource, store] = found;
  // The store of its kind holds objects such as this one.
  return { client, resource, store: store as unknown as Known<T> };
}

async function createRun(run: Run, context: ApplyContext, signal: AbortSignal): Promise<void> {
  const { client, resource, store } = kindOf(run, context);
  const { namespace, name } = run.metadata;
  try {
    store.remember(await client.create(resource, run, signal));
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    // Ours from before a crash, or a request that a person made this moment: the next look decides.
    const live = await client.get<Run>(resource, namespace, name, signal);
    if (live !== undefined) store.remember(live);
  }
}
