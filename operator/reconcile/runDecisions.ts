import { apiVersion } from '../../crds/databaseBackup.ts';
import { finished, jobOutcome, knownTrouble } from './jobOutcome.ts';
import { ownedBy } from './jobTemplate.ts';
import { annotations, type Job, type Run } from './kinds.ts';
import { derivedName } from './notices.ts';
import type { Action, Observed, Plan, Policy } from './observed.ts';
import { PlanBuilder } from './planBuilder.ts';
import { ownLabels } from './podTemplate.ts';
import { afterRecord, recorded } from './recordedJob.ts';
import { hadJob, jobOf, ownRuns, recordOf } from './records.ts';
import { decideRequest, nextRequest } from './requests.ts';
import { outdated } from './runHistory.ts';
import { jobGone, mailTold, resultActions } from './runResult.ts';
import { isFinal } from './runStatus.ts';
import { endStuck, withRefusal } from './stuckJob.ts';

/**
 * Everything about the runs of a backup or a sync: one record for each Job, a Job for each request, results, mails that are
 * owed, and the history. The order of the actions is the order in which a crash leaves them safe: what is told comes
 * before what says that it was told, and the Job may vanish only after its record is complete.
 */
export function decideRuns(observed: Observed, policy: Policy, now: Date): Plan {
  const plan = new PlanBuilder(now);
  // Of several that ended while nobody looked, each counts the failures before it.
  for (const job of observed.jobs.run.toSorted(byEnd)) {
    const record = recordOf(job, observed.runs);
    if (record === undefined) plan.add(unrecorded(job, observed));
    else decideRecorded(plan, job, record, { ...observed, runs: planned(observed.runs, plan) }, policy);
  }
  for (const run of observed.runs) {
    if (jobOf(run, observed.jobs.run) !== undefined) continue;
    if (isFinal(run.status)) continue;
    if (hadJob(run)) plan.add([jobGone(run, observed, policy, now)].flat());
  }
  for (const run of observed.runs) plan.add(mailTold(run, observed, now));
  const request = nextRequest(observed);
  if (request) decideRequest(plan, request, observed, policy);
  const { spec } = observed.parsed;
  if (spec) plan.add(outdated(ownRuns(observed), spec.runHistoryLimit));
  return plan;
}

/** By when they ended; those that have not come last. */
function byEnd(a: Job, b: Job): number {
  const end = (job: Job) => finished(job)?.time ?? '~';
  return end(a) < end(b) ? -1 : end(a) > end(b) ? 1 : 0;
}

/** The records as they will be. */
function planned(runs: readonly Run[], { actions }: PlanBuilder): readonly Run[] {
  const written = actions.flatMap((action) => (action.type === 'ApplyRunStatus' ? [action.run] : []));
  return written.length === 0
    ? runs
    : runs.map((run) => written.findLast(({ metadata }) => metadata.uid === run.metadata.uid) ?? run);
}

/** A Job without a record gets one; if its record was deleted, the Job is cancelled instead. */
function unrecorded(job: Job, { kind, owner, runs }: Observed): Action[] {
  if (job.metadata.annotations?.[annotations.runUID] !== undefined) {
    if (finished(job) === undefined)
      return job.metadata.deletionTimestamp ? [] : [{ type: 'DeleteJob', job }];
    return recorded(job);
  }
  if (job.metadata.deletionTimestamp !== undefined && finished(job) === undefined && !job.status?.startTime)
    return [];
  const { name, namespace = '', uid = '' } = job.metadata;
  const isTaken = runs.some((run) => run.metadata.name === name);
  const run: Run = {
    apiVersion,
    kind: kind.runs.kind,
    metadata: {
      name: isTaken ? derivedName(name, 'again', uid) : name,
      namespace,
      labels: ownLabels(owner, kind.purpose),
      annotations: { [annotations.jobUID]: uid },
      ownerReferences: [ownedBy(owner)],
    },
    spec: kind.runSpec(owner.metadata.name),
  };
  return [{ type: 'CreateRun', run }];
}

function decideRecorded(plan: PlanBuilder, job: Job, run: Run, observed: Observed, policy: Policy): void {
  if (isFinal(run.status)) {
    plan.add(afterRecord(job));
    return;
  }
  if (run.metadata.deletionTimestamp !== undefined) {
    if (finished(job) === undefined && job.metadata.deletionTimestamp === undefined)
      plan.add([{ type: 'DeleteJob', job }]);
    return;
  }
  if (job.metadata.annotations?.[annotations.runUID] === undefined) {
    const patch = { metadata: { annotations: { [annotations.runUID]: run.metadata.uid } } };
    plan.add([{ type: 'PatchJob', job, patch }]);
  }
  const known = knownTrouble(run.status);
  const found = jobOutcome(observed.kind.report, job, observed.podsOf(job), known);
  const outcome = withRefusal(job, found, observed, plan);
  if (job.metadata.deletionTimestamp !== undefined && finished(job) === undefined) {
    plan.add(jobGone(run, observed, policy, plan.now));
    return;
  }
  plan.add(resultActions(run, job, outcome, observed, policy, plan.now));
  plan.add(endStuck(plan, job, outcome, policy));
}
