import { byJob, type Cluster } from './cluster.ts';
import { finished } from './jobOutcome.ts';
import { annotations, type Job, type Pod, pods } from './kinds.ts';
import { hasEnded } from './podFailure.ts';

/**
 * Reads the pods that ended Jobs count and the store lacks. The watch of pods may lag behind that of Jobs, by minutes when
 * connections break, and a report that has not arrived must not pass for one that was never written. `asked` holds the
 * versions of Jobs that were asked for: what is still missing then is gone.
 */
export async function readMissingPods(
  jobs: readonly Job[],
  asked: WeakSet<Job>,
  { client, stores }: Cluster,
  signal: AbortSignal,
): Promise<void> {
  for (const job of jobs) {
    if (finished(job) === undefined || isRecorded(job) || asked.has(job)) continue;
    const { uid = '', namespace } = job.metadata;
    const ended = stores.pods.by(byJob, uid).filter(hasEnded).length;
    if (ended >= Math.max(1, (job.status?.failed ?? 0) + (job.status?.succeeded ?? 0))) continue;
    const labelSelector = `batch.kubernetes.io/controller-uid=${uid}`;
    const { items } = await client.list<Pod>(pods, { namespace, labelSelector }, signal);
    for (const pod of items) stores.pods.remember(pod);
    asked.add(job);
  }
}

function isRecorded({ metadata, spec }: Job): boolean {
  return (
    metadata.annotations?.[annotations.runUID] !== undefined && spec.ttlSecondsAfterFinished !== undefined
  );
}
