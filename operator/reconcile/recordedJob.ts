import { finished } from './jobOutcome.ts';
import type { Job } from './kinds.ts';
import type { Action } from './observed.ts';

/** A Job stays an hour after its result is recorded. */
const recordedTTL = 3600;

/** Marks a finished Job as recorded: Kubernetes may remove it. */
export function recorded(job: Job): Action[] {
  if (job.spec.ttlSecondsAfterFinished !== undefined) return [];
  return [{ type: 'PatchJob', job, patch: { spec: { ttlSecondsAfterFinished: recordedTTL } } }];
}

/** What becomes of a Job whose record is final. */
export function afterRecord(job: Job): Action[] {
  if (finished(job) !== undefined) return recorded(job);
  // It was given up: a Job that goes on would be work that nobody sees.
  return job.metadata.deletionTimestamp === undefined ? [{ type: 'DeleteJob', job }] : [];
}
