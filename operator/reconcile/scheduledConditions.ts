import { reasonFacts } from '../../crds/failureReason.ts';
import type { CheckState } from './checkDecisions.ts';
import { conditionOf, type Verdict } from './conditions.ts';
import type { Run } from './kinds.ts';
import type { Observed } from './observed.ts';
import { cronJobName } from './scheduledKind.ts';

/** Whether a run can work: spec, CronJob, and what the last check found. */
export function readyVerdict(
  observed: Observed,
  isForeign: boolean,
  check: CheckState,
  skippedTime: string | undefined,
): Verdict {
  const ready = (status: Verdict['status'], reason: Verdict['reason'], message: string): Verdict => ({
    ...{ type: 'Ready', status, reason },
    message: oneLine(message),
  });
  const { kind, owner, parsed, refusal } = observed;
  const { generation = 0 } = owner.metadata;
  if (parsed.spec === undefined) return ready('False', 'InvalidSpec', parsed.problem);
  if (isForeign) {
    const message = `CronJob ${cronJobName(kind, owner)} exists and does not belong to this ${kind.resource.kind}.`;
    return ready('False', 'NameTaken', `${message} ${reasonFacts('NameTaken').hint}`);
  }
  if (refusal !== undefined) {
    return ready('False', refusal.reason, refusal.message);
  }
  if (check.waiting !== undefined) {
    const { reason, message } = check.waiting;
    return ready('False', reason, `The check does not start: ${message} ${reasonFacts(reason).hint}`);
  }
  const { lastCheck } = check;
  if (lastCheck === undefined || lastCheck.generation !== generation) {
    return ready('Unknown', 'CheckPending', `A check Job tries ${kind.checked}.`);
  }
  if (lastCheck.result === 'Failed') {
    return ready('False', lastCheck.reason ?? 'Internal', lastCheck.message ?? '');
  }
  const warnings = [
    ...(skippedTime === undefined
      ? []
      : [`No run at ${skippedTime}: the clocks of ${parsed.spec.timeZone} skip that time.`]),
    ...(lastCheck.message === undefined ? [] : [lastCheck.message]),
  ];
  const found = `Everything that a ${kind.noun} needs was found.`;
  return ready('True', 'CheckPassed', [found, ...warnings].join(' '));
}

/** How the last run ended. */
export function lastRunVerdict({ kind }: Observed, last: Run | undefined): Verdict {
  const type = 'LastRunSucceeded';
  if (last?.status === undefined) {
    return { type, status: 'Unknown', reason: 'NoRunYet', message: 'No run has ended yet.' };
  }
  const { phase, reason = 'Internal', message = '', hint = '' } = last.status;
  const { name } = last.metadata;
  if (phase === 'Succeeded') {
    const summary = kind.summary(last.status);
    const what = summary === undefined ? '' : `: ${summary}`;
    return { type, status: 'True', reason: 'RunSucceeded', message: `Run ${name} succeeded${what}.` };
  }
  return { type, status: 'False', reason, message: oneLine(`Run ${name} failed: ${message} ${hint}`) };
}

/** Whether the last success is older than the schedule promises. */
export function staleVerdict(observed: Observed, at: Date | undefined, now: Date): Verdict {
  const type = 'Stale';
  const { kind, owner } = observed;
  const last = owner.status?.lastSuccessTime;
  if (at === undefined) {
    return {
      type,
      status: 'False',
      reason: 'NotScheduled',
      message: 'Without an active schedule no success is promised.',
    };
  }
  if (now < at) {
    return {
      type,
      status: 'False',
      reason: 'SuccessIsRecent',
      message: 'No two scheduled times in a row passed without a success.',
    };
  }
  const since =
    last === undefined
      ? `There has been no successful ${kind.noun} yet`
      : `The last successful ${kind.noun} ended at ${last}`;
  const message = `${since}; two scheduled times in a row have passed since. ${reasonFacts('NoRecentSuccess').hint}`;
  return { type, status: 'True', reason: 'NoRecentSuccess', message };
}

/** Whether a scheduled time passed without a run, until the next run starts. */
export function missedVerdict(
  observed: Observed,
  isActive: boolean,
  missed: readonly Date[],
  hasStartedSince: boolean,
): Verdict {
  const type = 'ScheduleMissed';
  const before = conditionOf(observed.owner.status?.conditions, type);
  const latest = missed.at(-1);
  if (latest !== undefined) {
    const message = `The run of ${latest.toISOString().replace('.000Z', 'Z')} did not start. ${reasonFacts('ScheduleMissed').hint}`;
    return { type, status: 'True', reason: 'ScheduleMissed', message };
  }
  if (isActive && before?.status === 'True' && !hasStartedSince) {
    return { type, status: 'True', reason: 'ScheduleMissed', message: before.message };
  }
  return isActive
    ? { type, status: 'False', reason: 'OnTime', message: 'Every scheduled time had its run.' }
    : { type, status: 'False', reason: 'NotScheduled', message: 'There is no active schedule.' };
}

const messageLimit = 2000;
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > messageLimit ? `${line.slice(0, messageLimit - 1)}…` : line;
}
