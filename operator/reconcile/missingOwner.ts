import { timeText } from './conditions.ts';
import { finished } from './jobOutcome.ts';
import type { Job, Run } from './kinds.ts';
import type { Action, Plan, Policy } from './observed.ts';
import { recordOf } from './records.ts';
import { refuse } from './runResult.ts';
import { isFinal, runStatus } from './runStatus.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/**
 * What becomes of records and requests whose backup or sync does not exist. A request waits for a while, since it may have
 * been applied together with it. Pure.
 */
export function decideWithoutOwner(
  kind: ScheduledKind,
  runs: readonly Run[],
  jobs: readonly Job[],
  policy: Policy,
  now: Date,
): Plan {
  const actions: Action[] = [];
  let lookAgainAt: Date | undefined;
  for (const run of runs) {
    if (isFinal(run.status) || run.metadata.deletionTimestamp !== undefined) continue;
    if (run.status?.jobUID !== undefined) {
      const job = jobs.find((each) => recordOf(each, [run]) !== undefined);
      if (job === undefined || finished(job) !== undefined) actions.push(...orphaned(kind, run, now));
      continue;
    }
    const patience = Date.parse(run.metadata.creationTimestamp ?? '') + policy.missingMs;
    // One that waited already had its owner: it is gone.
    if (run.status?.phase === undefined && now.getTime() < patience) {
      if (lookAgainAt === undefined || patience < lookAgainAt.getTime()) lookAgainAt = new Date(patience);
      continue;
    }
    const message = `There is no ${kind.resource.kind} ${kind.ownerOf(run)} in namespace ${run.metadata.namespace}.`;
    actions.push(...refuse(run, kind.notFound, message, now));
  }
  return { actions, lookAgainAt };
}

function orphaned({ resource }: ScheduledKind, run: Run, now: Date): Action[] {
  const outcome = {
    phase: 'Failed' as const,
    attempts: run.status?.attempts ?? 0,
    startTime: run.status?.startTime,
    completionTime: timeText(now),
    trouble: {
      reason: 'JobDeleted' as const,
      message: `The ${resource.kind} was deleted while the run was active, and its Job with it.`,
    },
  };
  const facts = { jobUID: run.status?.jobUID, trigger: run.status?.trigger ?? ('API' as const) };
  return [{ type: 'ApplyRunStatus', run: { ...run, status: runStatus(outcome, facts) } }];
}
