import { ApiError } from '../controller/kubernetesClient.ts';
import type { Cluster } from './cluster.ts';
import { isOwnedBy } from './cronJob.ts';
import { annotations, type Job, jobs, labels } from './kinds.ts';
import { forbidden, Refused } from './refused.ts';
import { refusedSentence } from './specField.ts';

/** A Job of the name that is there already is ours from before a crash, or another's. */
export async function createJob(job: Job, { client, stores }: Cluster, signal: AbortSignal): Promise<void> {
  const { namespace, name } = job.metadata;
  try {
    stores.jobs.remember(await client.create(jobs, job, signal));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refuse = (reason: Refused['reason'], message: string) =>
      new Refused(reason, message, { cause: error });
    if (error.status === 403) throw forbidden('The Job', error);
    if (error.status === 422) throw refuse('InvalidSpec', refusedSentence('Job', error.fields));
    if (error.reason !== 'AlreadyExists') throw error;
    const live = await client.get<Job>(jobs, namespace, name, signal);
    if (live !== undefined && isSameJob(live, job)) {
      stores.jobs.remember(live);
      return;
    }
    throw refuse(
      'NameTaken',
      `Job ${name} exists already and belongs to something else: choose another name.`,
    );
  }
}

/** Whether the Job that is there was made for the same: same owner, same record. */
function isSameJob(live: Job, wanted: Job): boolean {
  const uid = wanted.metadata.ownerReferences?.[0]?.uid;
  return (
    isOwnedBy(live, uid) &&
    live.metadata.labels?.[labels.purpose] === wanted.metadata.labels?.[labels.purpose] &&
    live.metadata.annotations?.[annotations.runUID] === wanted.metadata.annotations?.[annotations.runUID]
  );
}
