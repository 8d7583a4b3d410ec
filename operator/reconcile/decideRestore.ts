import { restoreReport } from '../../crds/restoreReport.ts';
import { isOwnedBy } from './cronJob.ts';
import { finished, jobOutcome, knownTrouble } from './jobOutcome.ts';
import { attemptLimits, jobOwnedBy } from './jobTemplate.ts';
import { annotations, type Job, type Pod, type Restore } from './kinds.ts';
import type { Plan, Policy } from './observed.ts';
import type { ParsedRestore } from './parseRestore.ts';
import { PlanBuilder } from './planBuilder.ts';
import { afterRecord } from './recordedJob.ts';
import { restorePod } from './restorePod.ts';
import { givenUp, restoreResult, waits } from './restoreResult.ts';
import { isFinal } from './runStatus.ts';
import { endStuck, withRefusal } from './stuckJob.ts';

/** Everything that the decision about one restore is made from. */
export interface ObservedRestore {
  readonly restore: Restore;
  readonly parsed: ParsedRestore;
  /** The Job of its name, whoever made it. */
  readonly job: Job | undefined;
  readonly podsOf: (job: Job) => readonly Pod[];
}

/**
 * What to do about a restore now: one Job of its name, and its status as that stands. One that has ended is final, and has no
 * Job ever again. Pure: the same observation and time give the same plan.
 */
export function decideRestore(observed: ObservedRestore, policy: Policy, now: Date): Plan {
  const plan = new PlanBuilder(now);
  const { restore, job } = observed;
  const own = job && isOwnedBy(job, restore.metadata.uid) ? job : undefined;
  // Its Job goes with it, by the garbage collector.
  if (restore.metadata.deletionTimestamp !== undefined) return plan;
  if (isFinal(restore.status)) plan.add(own ? afterRecord(own) : []);
  else if (own) decideActive(plan, own, observed, policy);
  else if (restore.status?.jobUID !== undefined) plan.add(jobGone(restore, now));
  else decideStart(plan, observed, policy);
  return plan;
}

function decideActive(plan: PlanBuilder, job: Job, observed: ObservedRestore, policy: Policy): void {
  const { restore, podsOf } = observed;
  if (job.metadata.deletionTimestamp !== undefined && finished(job) === undefined) {
    plan.add(jobGone(restore, plan.now));
    return;
  }
  const pods = podsOf(job);
  const found = jobOutcome(restoreReport, job, pods, knownTrouble(restore.status));
  const outcome = withRefusal(job, found, observed, plan);
  plan.add(restoreResult(restore, job, outcome, pods.length, plan.now));
  plan.add(endStuck(plan, job, outcome, policy));
}

function jobGone(restore: Restore, now: Date) {
  const message =
    'The Job was deleted before its result was recorded: look whether the set is in the target.';
  return givenUp(restore, { reason: 'JobDeleted', message }, now);
}

/** A restore without a Job gets one, as soon as the backup that it names is there and its name is free. */
function decideStart(plan: PlanBuilder, observed: ObservedRestore, policy: Policy): void {
  const { restore, parsed, job } = observed;
  const { name, namespace, uid = '', creationTimestamp = '' } = restore.metadata;
  if (parsed.spec === undefined) {
    plan.add(givenUp(restore, { reason: 'InvalidSpec', message: parsed.problem }, plan.now));
    return;
  }
  const { spec, backup } = parsed;
  if (spec.backupName !== undefined && backup === undefined) {
    // It may have been applied together with its backup.
    const patience = Date.parse(creationTimestamp) + policy.missingMs;
    const message = `There is no DatabaseBackup ${spec.backupName} in namespace ${namespace}.`;
    if (plan.now.getTime() >= patience) {
      plan.add(givenUp(restore, { reason: 'BackupNotFound', message }, plan.now));
      return;
    }
    plan.lookAt(patience);
    plan.add(waits(restore, `${message} It is waited for.`, plan.now));
    return;
  }
  if (job !== undefined && isOfEarlier(job, restore)) {
    plan.add(waits(restore, `Waits until the Job of an earlier restore ${name} is gone.`, plan.now));
    return;
  }
  const pod = restorePod({ restore, spec, backup, defaults: policy.defaults });
  // Its record is the restore itself.
  const facts = { name, annotations: { [annotations.runUID]: uid } };
  plan.add([
    { type: 'CreateJob', job: jobOwnedBy(restore, pod, attemptLimits(spec), facts), for: undefined },
  ]);
}

/** Whether a Job is that of a restore of the same name that was deleted: it is on its way out. */
function isOfEarlier({ metadata }: Job, { kind, metadata: { name } }: Restore): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.kind === kind && owner.name === name);
}
