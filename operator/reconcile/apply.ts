import type { Logger } from 'pino';
import { ApiError, type KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from '../controller/kubernetesObject.ts';
import { applyCronJob } from './applyCronJob.ts';
import type { CheckSlots } from './checkSlots.ts';
import type { Cluster } from './cluster.ts';
import { createJob } from './createJob.ts';
import { backups, type CronJob, type Job, jobs, labels, type Run, runs } from './kinds.ts';
import type { Action, EventText } from './observed.ts';

export interface ApplyContext extends Cluster {
  readonly key: string;
  readonly slots: CheckSlots;
  readonly logger: Logger;
  readonly tell: (event: EventText) => void;
  /** The CronJob as our apply left it. */
  readonly settled: (cronJob: CronJob) => void;
}

/** Does one write and takes its answer into the stores. False: it has to wait, and the backup is looked at again then. */
export async function apply(action: Action, context: ApplyContext, signal: AbortSignal): Promise<boolean> {
  const { client, stores } = context;
  switch (action.type) {
    case 'ApplyCronJob':
      await applyCronJob(action, context, signal);
      return true;
    case 'CreateJob':
      if (action.job.metadata.labels?.[labels.purpose] === 'check') {
        return context.slots.use(context.key, () => createJob(action.job, context, signal));
      }
      await createJob(action.job, context, signal);
      return true;
    case 'PatchJob': {
      const { namespace, name } = action.job.metadata;
      const patch = withUID(action.patch, action.job.metadata.uid);
      const write = client.patch<Job>(jobs, namespace, name, patch, {}, signal);
      const patched = await written(jobs, action.job, client, signal, write);
      if (patched) stores.jobs.remember(patched);
      else stores.jobs.forget(action.job);
      return true;
    }
    case 'DeleteJob':
      await remove(jobs, action.job, context, signal);
      return true;
    case 'CreateRun':
      await createRun(action.run, context, signal);
      return true;
    case 'AdoptRun': {
      const { namespace, name, uid } = action.run.metadata;
      const write = client.patch<Run>(runs, namespace, name, withUID(action.change, uid), {}, signal);
      const patched = await written(runs, action.run, client, signal, write);
      if (patched) stores.runs.remember(patched);
      else stores.runs.forget(action.run);
      return true;
    }
    case 'ApplyRunStatus': {
      const { apiVersion, kind, metadata, status } = action.run;
      const object = { apiVersion, kind, metadata: identity(metadata), status } as unknown as Run;
      const write = client.apply(runs, object, { force: true, subresource: 'status' }, signal);
      const applied = await written(runs, action.run, client, signal, write);
      if (!applied) {
        stores.runs.forget(action.run);
        return true;
      }
      stores.runs.remember(applied);
      if (action.event) context.tell(action.event);
      return true;
    }
    case 'DeleteRun':
      await remove(runs, action.run, context, signal);
      return true;
    case 'ApplyBackupStatus': {
      const { apiVersion, kind, metadata, status } = action.backup;
      const object = { apiVersion, kind, metadata: identity(metadata), status } as typeof action.backup;
      const write = client.apply(backups, object, { force: true, subresource: 'status' }, signal);
      const applied = await written(backups, action.backup, client, signal, write);
      if (!applied) {
        stores.backups.forget(action.backup);
        return true;
      }
      stores.backups.remember(applied);
      for (const event of action.events) context.tell(event);
      return true;
    }
  }
}

/** With its UID a write meets this very object, never a later one of the name. */
function identity({ name, namespace, uid }: Run['metadata']) {
  return { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
}

function withUID(patch: object, uid: string | undefined): object {
  const { metadata } = patch as { metadata?: object };
  return { ...patch, metadata: { ...metadata, ...(uid === undefined ? {} : { uid }) } };
}

/** The object after a write; undefined if it is gone or another one has its name by now. */
async function written<T extends KubernetesObject>(
  resource: Resource,
  { metadata: { namespace, name, uid } }: T,
  client: KubernetesClient,
  signal: AbortSignal,
  write: Promise<T>,
): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return undefined;
    // A UID that differs is a conflict, but so are writes of others at the same moment.
    if (error.status !== 409 && error.status !== 422) throw error;
    const live = await client.get(resource, namespace, name, signal);
    if (live?.metadata.uid === uid) throw error;
    return undefined;
  }
}

async function remove(
  resource: Resource,
  object: Job | Run,
  { client, stores }: ApplyContext,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  // Its pods end gracefully: they get their SIGTERM from the garbage collector.
  try {
    await client.delete(resource, namespace, name, { propagationPolicy: 'Background', uid }, signal);
  } catch (error) {
    // Another object has the name by now.
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
  }
  if (resource === jobs) stores.jobs.forget(object as Job);
  else stores.runs.forget(object as Run);
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
