import type { RunStatus } from '../../crds/scheduledStatus.ts';
import { conditionOf, timeText, withConditions } from './conditions.ts';
import type { RunOutcome } from './jobOutcome.ts';
import { annotations, type Job, type Run } from './kinds.ts';
import { mailIsOwed, noticeResult, notified, runNotice, runNoticeName } from './notices.ts';
import type { Action, EventText, Observed, Policy } from './observed.ts';
import { latestEnded, ownRuns, triggerOf } from './records.ts';
import type { Refused } from './refused.ts';
import { compact, isFinal, runStatus } from './runStatus.ts';
import { sameJSON } from './sameJson.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/** The status of the record as the Job stands, and before it the mail that is owed. */
export function resultActions(
  run: Run,
  job: Job,
  outcome: RunOutcome,
  observed: Observed,
  policy: Policy,
  now: Date,
): Action[] {
  const { report } = outcome;
  const told = report && observed.kind.told(report);
  const status = runStatus(outcome, { jobUID: job.metadata.uid, trigger: triggerOf(job) }, told);
  if (!isFinal(status)) return statusActions(run, status, startEvent(run, status));
  return finalActions(run, status, outcome, observed, policy, now);
}

/** The last status of a record, with its mail. */
function finalActions(
  run: Run,
  status: RunStatus,
  outcome: RunOutcome,
  observed: Observed,
  policy: Policy,
  now: Date,
): Action[] {
  const { kind, owner } = observed;
  const { spec } = observed.parsed;
  const owed = spec !== undefined && mailIsOwed(spec, outcome);
  const verdict = notified(spec, outcome, owed);
  const final: RunStatus = {
    ...status,
    consecutiveFailures: status.phase === 'Succeeded' ? 0 : failuresBefore(run, observed) + 1,
    conditions: withConditions(run.status?.conditions, [verdict], run.metadata.generation ?? 1, now),
  };
  const mail: Action[] = owed
    ? [
        {
          type: 'CreateJob',
          job: runNotice({ kind, owner, spec, defaults: policy.defaults }, run, outcome, now),
          for: undefined,
        },
      ]
    : [];
  return [...mail, ...statusActions(run, final, endEvent(run, final, kind))];
}

/** How many runs failed in a row before this one, by the record that ended last. */
function failuresBefore(run: Run, observed: Observed): number {
  const last = latestEnded(ownRuns(observed).filter(({ metadata }) => metadata.name !== run.metadata.name));
  return last?.status?.consecutiveFailures ?? observed.owner.status?.consecutiveFailures ?? 0;
}

/** The Job of a run that had not ended is gone or on its way out. */
export function jobGone(run: Run, observed: Observed, policy: Policy, now: Date): Action[] {
  if (run.metadata.deletionTimestamp !== undefined) return [];
  const { reason, message } = {
    reason: 'JobDeleted' as const,
    message: 'The Job was deleted before its result was recorded.',
  };
  const outcome: RunOutcome = {
    phase: 'Failed',
    attempts: run.status?.attempts ?? 0,
    startTime: run.status?.startTime,
    completionTime: timeText(now),
    trouble: { reason, message },
  };
  const trigger = run.status?.trigger ?? 'Manual';
  const jobUID = run.status?.jobUID ?? run.metadata.annotations?.[annotations.jobUID];
  const status = runStatus(outcome, { jobUID, trigger });
  return finalActions(run, status, outcome, observed, policy, now);
}

/** A request that will never have a Job. */
export function refuse(
  run: Run,
  reason: Refused['reason'] | ScheduledKind['notFound'],
  message: string,
  now: Date,
): Action[] {
  const outcome = {
    phase: 'Failed' as const,
    attempts: 0,
    completionTime: timeText(now),
    trouble: { reason, message },
  };
  const status = runStatus(outcome, { trigger: 'API' });
  return statusActions(run, status, endEvent(run, status));
}

/** The result of a notify Job on the record of its run. */
export function mailTold(run: Run, observed: Observed, now: Date): Action[] {
  const { status } = run;
  if (status === undefined || conditionOf(status.conditions, 'Notified')?.reason !== 'MailPending') return [];
  const name = runNoticeName(observed, run);
  const job = observed.jobs.notify.find(({ metadata }) => metadata.name === name);
  const conditions = noticeResult(status.conditions, job, job === undefined ? [] : observed.podsOf(job), now);
  if (conditions === undefined) return [];
  const [told] = conditions;
  const event: EventText | undefined =
    told?.status === 'False'
      ? {
          type: 'Warning',
          reason: 'MailFailed',
          action: 'Notify',
          note: `Run ${run.metadata.name}: ${told.message}`,
        }
      : undefined;
  return [{ type: 'ApplyRunStatus', run: { ...run, status: { ...status, conditions } }, event }];
}

/** The write of a status, unless it says what is there already. */
export function statusActions(run: Run, status: RunStatus, event: EventText | undefined): Action[] {
  const next = compact(status);
  if (sameJSON(run.status ?? {}, next)) return [];
  return [{ type: 'ApplyRunStatus', run: { ...run, status: next }, event }];
}

function startEvent(run: Run, { trigger }: RunStatus): EventText | undefined {
  if (run.status?.jobUID !== undefined) return undefined;
  const by = run.spec.requestedBy === undefined ? '' : `, requested by ${run.spec.requestedBy}`;
  return {
    type: 'Normal',
    reason: 'RunStarted',
    action: 'Run',
    note: `Run ${run.metadata.name} has its Job (${trigger}${by}).`,
  };
}

function endEvent(run: Run, status: RunStatus, kind?: ScheduledKind): EventText {
  const { name } = run.metadata;
  if (status.phase === 'Succeeded') {
    const summary = kind?.summary(status);
    const note = `Run ${name} succeeded${summary === undefined ? '' : `: ${summary}`}.`;
    return { type: 'Normal', reason: 'RunSucceeded', action: 'Run', note };
  }
  const { reason = 'Internal', message = '', hint = '' } = status;
  return { type: 'Warning', reason, action: 'Run', note: `Run ${name} failed: ${message} ${hint}` };
}
