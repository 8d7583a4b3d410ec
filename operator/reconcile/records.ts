import type { Trigger } from '../../crds/scheduledStatus.ts';
import { isControlledBy } from './cronJob.ts';
import { annotations, type Job, ownerLabels, type Run } from './kinds.ts';
import type { Observed } from './observed.ts';
import { isFinal } from './runStatus.ts';

/** The record of a Job: they name each other by UID, since a name may be used again. */
export function recordOf(job: Job, runs: readonly Run[]): Run | undefined {
  const uid = job.metadata.uid;
  return runs.find(
    (run) =>
      run.status?.jobUID === uid ||
      run.metadata.annotations?.[annotations.jobUID] === uid ||
      (run.metadata.uid !== undefined && job.metadata.annotations?.[annotations.runUID] === run.metadata.uid),
  );
}

export function jobOf(run: Run, jobs: readonly Job[]): Job | undefined {
  return jobs.find((job) => recordOf(job, [run]) !== undefined);
}

export function hadJob(run: Run): boolean {
  return run.status?.jobUID !== undefined || run.metadata.annotations?.[annotations.jobUID] !== undefined;
}

/** Records that belong to this very owner, not to an earlier one of the name or to nobody yet. */
export function ownRuns({ owner, runs }: Pick<Observed, 'owner' | 'runs'>): Run[] {
  return runs.filter((run) => isControlledBy(run, owner.metadata.uid));
}

/** What started a Job of a run. */
export function triggerOf(job: Job): Trigger {
  if (job.metadata.ownerReferences?.some(({ kind }) => ownerLabels[kind] !== undefined)) return 'API';
  const how = job.metadata.annotations?.['cronjob.kubernetes.io/instantiate'];
  return how === undefined ? 'Schedule' : 'Manual';
}

/** The record that ended last. */
export function latestEnded(runs: readonly Run[]): Run | undefined {
  return runs
    .filter(({ status }) => isFinal(status))
    .reduce<Run | undefined>(
      (latest, run) => (latest === undefined || endOf(run) >= endOf(latest) ? run : latest),
      undefined,
    );
}

/** When a run ended, to sort by; never undefined for one that has. */
export function endOf({ status, metadata }: Run): string {
  return status?.completionTime ?? metadata.creationTimestamp ?? '';
}
