import { objectKey } from '../controller/kubernetesObject.ts';
import { byJob, byOwner, jobsOf, type Stores } from './cluster.ts';
import { isOwnedBy } from './cronJob.ts';
import { type Job, labels, type Purpose, type Run, type Scheduled } from './kinds.ts';
import type { Observed, ParsedSpec, Refusal } from './observed.ts';
import { cronJobName, type ScheduledKind } from './scheduledKind.ts';

/** What this process remembers of an object beside the stores. */
export interface Memory {
  readonly parsed: ParsedSpec;
  readonly refusal?: Refusal | undefined;
  /** Since when its CronJob or Jobs are refused in a way that may pass. */
  readonly refusedSince?: Date | undefined;
  readonly settledGeneration?: number | undefined;
  readonly seenAt: Date;
}

/** Everything about one object that runs on a schedule, from the stores: no request is made. */
export function observe(
  kind: ScheduledKind,
  stores: Stores,
  owner: Scheduled,
  memory: Memory,
  checkMustWait: boolean,
): Observed {
  const key = objectKey(owner);
  const cronJob = cronJobName(kind, owner);
  const records = kind.records(stores).by(byOwner, key);
  const runs = records.filter((run) => !isOfAnother(run, owner));
  const jobs = jobsOf(stores, kind, key).filter((job) => isOurs(job, owner, cronJob, runs));
  const of = (purpose: Purpose) =>
    jobs.filter(({ metadata }) => metadata.labels?.[labels.purpose] === purpose);
  return {
    ...{ kind, owner },
    parsed: memory.parsed,
    cronJob: stores.cronJobs.get(`${owner.metadata.namespace}/${cronJob}`),
    jobs: { run: of(kind.purpose), check: of('check'), notify: of('notify'), drill: of('drill') },
    podsOf: ({ metadata }) => (metadata.uid === undefined ? [] : stores.pods.by(byJob, metadata.uid)),
    runs,
    refusal: memory.refusal,
    settledGeneration: memory.settledGeneration,
    checkMustWait,
    seenAt: memory.seenAt,
  };
}

/** Whether a record is one of an earlier owner of the same name, on its way to the garbage collector. */
function isOfAnother(run: Run, { kind, metadata }: Scheduled): boolean {
  const owner = run.metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === kind && owner.uid !== metadata.uid;
}

/**
 * Whether a Job with our labels is one of this owner: made by its CronJob or by us for it, or known to one of its records.
 * Anybody can write labels; the owner tells.
 */
function isOurs(job: Job, { metadata }: Scheduled, cronJob: string, runs: readonly Run[]): boolean {
  if (isOwnedBy(job, metadata.uid)) return true;
  const controller = job.metadata.ownerReferences?.find((owner) => owner.controller);
  if (controller?.kind === 'CronJob' && controller.name === cronJob) return true;
  return (
    controller === undefined &&
    runs.some(({ status }) => status?.jobUID !== undefined && status.jobUID === job.metadata.uid)
  );
}
