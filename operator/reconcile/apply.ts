import { ApiError } from '../controller/kubernetesClient.ts';
import { applyCronJob } from './applyCronJob.ts';
import type { Cluster } from './cluster.ts';
import { createJob } from './createJob.ts';
import { backups, type CronJob, jobs, labels, type Run, restores, runs } from './kinds.ts';
import { applyStatus, deleteObject, patchObject } from './objectWrites.ts';
import type { Action, EventText } from './observed.ts';

export interface ApplyContext extends Cluster {
  readonly tell: (event: EventText) => void;
  /** Makes a check Job in a free slot; false if there is none. Left out where nothing is checked. */
  readonly inSlot?: (create: () => Promise<void>) => Promise<boolean>;
  /** The CronJob as our apply left it. */
  readonly settled?: (cronJob: CronJob) => void;
}

/** Does one write and takes its answer into the stores. False: it has to wait, and the backup is looked at again then. */
export async function apply(action: Action, context: ApplyContext, signal: AbortSignal): Promise<boolean> {
  const { client, stores } = context;
  const of = {
    backups: { client, resource: backups, store: stores.backups },
    jobs: { client, resource: jobs, store: stores.jobs },
    restores: { client, resource: restores, store: stores.restores },
    runs: { client, resource: runs, store: stores.runs },
  };
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
      await patchObject(of.jobs, action.job, action.patch, signal);
      return true;
    case 'DeleteJob':
      await deleteObject(of.jobs, action.job, signal);
      return true;
    case 'CreateRun':
      await createRun(action.run, context, signal);
      return true;
    case 'AdoptRun':
      await patchObject(of.runs, action.run, action.change, signal);
      return true;
    case 'ApplyRunStatus':
      if ((await applyStatus(of.runs, action.run, signal)) && action.event) context.tell(action.event);
      return true;
    case 'DeleteRun':
      await deleteObject(of.runs, action.run, signal);
      return true;
    case 'ApplyBackupStatus':
      if (await applyStatus(of.backups, action.backup, signal)) {
        for (const event of action.events) context.tell(event);
      }
      return true;
    case 'ApplyRestoreStatus':
      if ((await applyStatus(of.restores, action.restore, signal)) && action.event)
        context.tell(action.event);
      return true;
  }
}

async function createRun(run: Run, { client, stores }: ApplyContext, signal: AbortSignal): Promise<void> {
  const { namespace, name } = run.metadata;
  try {
    stores.runs.remember(await client.create(runs, run, signal));
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    // Ours from before a crash, or a request that a person made this moment: the next look decides.
    const live = await client.get<Run>(runs, namespace, name, signal);
    if (live !== undefined) stores.runs.remember(live);
  }
}
