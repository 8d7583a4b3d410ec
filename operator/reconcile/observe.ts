import { objectKey } from '../controller/kubernetesObject.ts';
import { byBackup, byJob, type Stores } from './cluster.ts';
import { isOwnedBy } from './cronJob.ts';
import { type Backup, type Job, labels, type Purpose, type Run } from './kinds.ts';
import type { Observed, ParsedSpec, Refusal } from './observed.ts';

/** What this process remembers of a backup beside the stores. */
export interface Memory {
  readonly parsed: ParsedSpec;
  readonly refusal?: Refusal | undefined;
  readonly settledGeneration?: number | undefined;
  readonly seenAt: Date;
}

/** Everything about one backup, from the stores: no request is made. */
export function observe(stores: Stores, backup: Backup, memory: Memory, checkMustWait: boolean): Observed {
  const key = objectKey(backup);
  const runs = stores.runs.by(byBackup, key).filter((run) => !isOfAnother(run, backup));
  const jobs = stores.jobs.by(byBackup, key).filter((job) => isOurs(job, backup, runs));
  const of = (purpose: Purpose) =>
    jobs.filter(({ metadata }) => metadata.labels?.[labels.purpose] === purpose);
  return {
    backup,
    parsed: memory.parsed,
    cronJob: stores.cronJobs.get(key),
    jobs: { run: of('run'), check: of('check'), notify: of('notify'), drill: of('drill') },
    podsOf: ({ metadata }) => (metadata.uid === undefined ? [] : stores.pods.by(byJob, metadata.uid)),
    runs,
    refusal: memory.refusal,
    settledGeneration: memory.settledGeneration,
    checkMustWait,
    seenAt: memory.seenAt,
  };
}

/** Whether a record is one of an earlier backup of the same name, on its way to the garbage collector. */
function isOfAnother(run: Run, backup: Backup): boolean {
  const owner = run.metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === backup.kind && owner.uid !== backup.metadata.uid;
}

/**
 * Whether a Job with our labels is one of this backup: made by its CronJob or by us for it, or known to one of its records.
 * Anybody can write labels; the owner tells.
 */
function isOurs(job: Job, backup: Backup, runs: readonly Run[]): boolean {
  if (isOwnedBy(job, backup.metadata.uid)) return true;
  const owner = job.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.kind === 'CronJob' && owner.name === backup.metadata.name) return true;
  return (
    owner === undefined &&
    runs.some(({ status }) => status?.jobUID !== undefined && status.jobUID === job.metadata.uid)
  );
}
