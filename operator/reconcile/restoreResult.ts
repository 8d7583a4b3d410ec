import { reasonFacts } from '../../crds/failureReason.ts';
import { countOf } from '../../crds/inWords.ts';
import type { RestoreReport } from '../../crds/restoreReport.ts';
import type { RestoreStatus } from '../../crds/restoreStatus.ts';
import { timeText, type Verdict, withConditions } from './conditions.ts';
import type { JobOutcome } from './jobOutcome.ts';
import type { Job, Restore } from './kinds.ts';
import type { Action, EventText } from './observed.ts';
import type { Trouble } from './podFailure.ts';
import { compact, outcomeStatus } from './runStatus.ts';
import { sameJSON } from './sameJson.ts';

type RestoreOutcome = JobOutcome<RestoreReport>;

/** The status as the Job stands, and what is told of it; `pods` is how many it has had. */
export function restoreResult(
  restore: Restore,
  job: Job,
  outcome: RestoreOutcome,
  pods: number,
  now: Date,
): Action[] {
  const status = restoreStatus(restore, withHistory(outcome, pods), job.metadata.uid, now);
  return statusActions(restore, status);
}

/** A restore that has no Job yet, and what it waits for. */
export function waits(restore: Restore, message: string, now: Date): Action[] {
  const status = restoreStatus(restore, { phase: 'Pending', attempts: 0 }, undefined, now);
  return statusActions(restore, { ...status, message });
}

/** A restore that will have no Job, or whose Job is gone. */
export function givenUp(restore: Restore, trouble: Trouble, now: Date): Action[] {
  const { attempts = 0, startTime, jobUID } = restore.status ?? {};
  const outcome = { phase: 'Failed' as const, attempts, startTime, completionTime: timeText(now), trouble };
  return statusActions(restore, restoreStatus(restore, outcome, jobUID, now));
}

/** A target that was empty before the first attempt was filled by it, if its runner died between the commit and its report. */
function withHistory(outcome: RestoreOutcome, pods: number): RestoreOutcome {
  const { trouble, attempts } = outcome;
  if (trouble?.reason !== 'TargetNotEmpty' || Math.max(attempts, pods) < 2) return outcome;
  const message = `${trouble.message} It may be an earlier attempt that filled it, and died before it could say so: compare it with the set.`;
  return { ...outcome, trouble: { ...trouble, message } };
}

function restoreStatus(
  restore: Restore,
  outcome: RestoreOutcome,
  jobUID: string | undefined,
  now: Date,
): RestoreStatus {
  const { generation = 1 } = restore.metadata;
  const facts = { ...outcomeStatus(outcome), ...reportFacts(outcome.report) };
  return compact({
    observedGeneration: generation,
    conditions: withConditions(restore.status?.conditions, [readyVerdict(facts)], generation, now),
    ...facts,
    jobUID,
  });
}

/** What a report tells. Of a failed attempt nothing was kept, so it has no rows. */
function reportFacts(report: RestoreReport | undefined): Partial<RestoreStatus> {
  if (report === undefined) return {};
  const { set, snapshotTime, target, dropped, notes } = report;
  if (report.result === 'Failed') return { set, snapshotTime, target };
  return {
    ...{ set, snapshotTime, target, format: report.format, tables: report.tables, rows: report.rows },
    ...{ comparedTables: report.comparedTables, bytes: report.bytes },
    dropped: dropped && lines(dropped),
    notes: notes.length === 0 ? undefined : lines(notes),
  };
}

const lines = (texts: readonly string[]) => texts.slice(0, 16).map((text) => text.slice(0, 1000));

/** Whether the target holds the rows of the set. */
function readyVerdict(status: RestoreStatus): Verdict {
  const { phase, reason, message = '', hint = '' } = status;
  const type = 'Ready';
  if (phase === 'Succeeded')
    return { type, status: 'True', reason: 'RestoreSucceeded', message: success(status) };
  if (phase === 'Failed' && reason !== undefined) {
    return { type, status: 'False', reason, message: `${message} ${hint}` };
  }
  return { type, status: 'Unknown', reason: 'RestorePending', message: 'The restore has not ended yet.' };
}

function success({ set, target, rows = 0, tables = 0 }: RestoreStatus): string {
  return `${set} is in ${target}: ${countOf(tables, 'table')}, ${countOf(rows, 'row')}, as many as the set has.`;
}

/** The write of a status, unless it says what is there already. */
function statusActions(restore: Restore, status: RestoreStatus): Action[] {
  const next = compact(status);
  if (sameJSON(restore.status ?? {}, next)) return [];
  const event = eventOf(restore, next);
  return [{ type: 'ApplyStatus', object: { ...restore, status: next }, events: event ? [event] : [] }];
}

function eventOf({ spec, status: before }: Restore, status: RestoreStatus): EventText | undefined {
  const action = 'Restore';
  if (status.phase === 'Succeeded') {
    return { type: 'Normal', reason: 'RestoreSucceeded', action, note: success(status) };
  }
  if (status.phase === 'Failed') {
    const { reason = 'Internal', message = '', hint = reasonFacts(reason).hint } = status;
    return { type: 'Warning', reason, action, note: `The restore failed: ${message} ${hint}` };
  }
  if (status.jobUID === undefined || before?.jobUID !== undefined) return undefined;
  const by = spec.requestedBy === undefined ? '' : `, requested by ${spec.requestedBy}`;
  return {
    type: 'Normal',
    reason: 'RestoreStarted',
    action,
    note: `The restore of set ${spec.set} has its Job${by}.`,
  };
}
