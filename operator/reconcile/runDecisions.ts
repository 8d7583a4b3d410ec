import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { BackupRunStatus, Trigger } from '../../crds/backupStatus.ts';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { conditionOf, timeText, withConditions } from './conditions.ts';
import { isControlledBy } from './cronJob.ts';
import { finished, type RunOutcome, runOutcome } from './jobOutcome.ts';
import { ownedBy, ownJob } from './jobTemplate.ts';
import { annotations, type Backup, type Job, type Run } from './kinds.ts';
import { derivedName, mailIsOwed, noticeResult, notified, runNotice, runNoticeName } from './notices.ts';
import type { Action, EventText, Observed, ParsedSpec, Plan, Policy } from './observed.ts';
import { ownLabels } from './podTemplate.ts';
import { compact, isFinal, runStatus } from './runStatus.ts';

/** A run's Job stays an hour after its result is recorded. */
const recordedTTL = 3600;

/** After so long without a pod something refuses it. */
const podRefusedMs = 20_000;
/** A node may come: an autoscaler takes minutes. */
const unschedulableMs = 30 * 60_000;

/**
 * Everything about the runs of a backup: one record for each Job, a Job for each request, results, mails that are
 * owed, and the history. The order of the actions is the order in which a crash leaves them safe: what is told comes
 * before what says that it was told, and the Job may vanish only after its record is complete.
 */
export function decideRuns(observed: Observed, parsed: ParsedSpec, policy: Policy, now: Date): Plan {
  const plan = new PlanBuilder(now);
  const { backup } = observed;
  for (const job of observed.jobs.run) {
    const record = recordOf(job, observed.runs);
    if (record === undefined) plan.add(unrecorded(job, backup, observed.runs));
    else decideRecorded(plan, job, record, observed, parsed, policy);
  }
  for (const run of observed.runs) {
    if (jobOf(run, observed.jobs.run) !== undefined) continue;
    if (isFinal(run.status)) continue;
    if (hadJob(run)) plan.add([jobGone(run, observed, parsed, policy, now)].flat());
  }
  for (const run of observed.runs) plan.add(mailTold(run, observed, now));
  const request = nextRequest(observed);
  if (request) decideRequest(plan, request, observed, parsed, policy);
  if (parsed.spec) plan.add(outdated(ownRuns(observed), parsed.spec.runHistoryLimit));
  return plan;
}

class PlanBuilder implements Plan {
  readonly actions: Action[] = [];
  lookAgainAt: Date | undefined;
  readonly now: Date;
  constructor(now: Date) {
    this.now = now;
  }
  add(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }
  lookAt(time: number): void {
    const at = new Date(Math.max(time, this.now.getTime()));
    if (this.lookAgainAt === undefined || at < this.lookAgainAt) this.lookAgainAt = at;
  }
}

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

function jobOf(run: Run, jobs: readonly Job[]): Job | undefined {
  return jobs.find((job) => recordOf(job, [run]) !== undefined);
}

function hadJob(run: Run): boolean {
  return run.status?.jobUID !== undefined || run.metadata.annotations?.[annotations.jobUID] !== undefined;
}

/** Records that belong to this very backup, not to an earlier one of the name or to nobody yet. */
export function ownRuns({ backup, runs }: Pick<Observed, 'backup' | 'runs'>): Run[] {
  return runs.filter((run) => isControlledBy(run, backup.metadata.uid));
}

/** A Job without a record gets one; if its record was deleted, the Job is cancelled instead. */
function unrecorded(job: Job, backup: Backup, runs: readonly Run[]): Action[] {
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
    kind: 'DatabaseBackupRun',
    metadata: {
      name: isTaken ? derivedName(name, 'again', uid) : name,
      namespace,
      labels: ownLabels(backup.metadata.name, 'run'),
      annotations: { [annotations.jobUID]: uid },
      ownerReferences: [ownedBy(backup)],
    },
    spec: { backupName: backup.metadata.name },
  };
  return [{ type: 'CreateRun', run }];
}

/** Marks a finished Job as recorded: Kubernetes may remove it. */
function recorded(job: Job): Action[] {
  if (job.spec.ttlSecondsAfterFinished !== undefined) return [];
  return [{ type: 'PatchJob', job, patch: { spec: { ttlSecondsAfterFinished: recordedTTL } } }];
}

/** What started a Job. */
export function triggerOf(job: Job): Trigger {
  if (job.metadata.ownerReferences?.some(({ controller, kind }) => controller && kind === 'DatabaseBackup'))
    return 'API';
  const how = job.metadata.annotations?.['cronjob.kubernetes.io/instantiate'];
  return how === undefined ? 'Schedule' : 'Manual';
}

function decideRecorded(
  plan: PlanBuilder,
  job: Job,
  run: Run,
  observed: Observed,
  parsed: ParsedSpec,
  policy: Policy,
): void {
  if (isFinal(run.status)) {
    if (finished(job) !== undefined) plan.add(recorded(job));
    // Its record is final, so it was given up: a Job that goes on would be a run that nobody sees.
    else if (job.metadata.deletionTimestamp === undefined) plan.add([{ type: 'DeleteJob', job }]);
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
  const outcome = withRefusal(job, runOutcome(job, observed.podsOf(job), knownTrouble(run)), observed, plan);
  if (job.metadata.deletionTimestamp !== undefined && finished(job) === undefined) {
    plan.add(jobGone(run, observed, parsed, policy, plan.now));
    return;
  }
  plan.add(resultActions(run, job, outcome, observed, parsed, policy, plan.now));
  plan.add(endStuck(plan, job, outcome, policy));
}

function knownTrouble({ status }: Run) {
  return status?.reason === undefined
    ? undefined
    : { reason: status.reason, message: status.message ?? reasonFacts(status.reason).meaning };
}

/** A Job that stays without a pod: a quota, a policy or a missing ServiceAccount refuses it, and only its events say which. */
function withRefusal(job: Job, outcome: RunOutcome, { podsOf }: Observed, plan: PlanBuilder): RunOutcome {
  const isSilent = outcome.phase === 'Pending' && podsOf(job).length === 0 && (job.status?.active ?? 0) === 0;
  if (!isSilent || job.spec.suspend) return outcome;
  const since = Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp ?? '');
  if (plan.now.getTime() < since + podRefusedMs) {
    plan.lookAt(since + podRefusedMs);
    return outcome;
  }
  const message = `Job ${job.metadata.name} has made no pod.`;
  return { ...outcome, trouble: { reason: 'PodRefused', message } };
}

/** The status of the record as the Job stands, and before it the mail that is owed. */
function resultActions(
  run: Run,
  job: Job,
  outcome: RunOutcome,
  observed: Observed,
  parsed: ParsedSpec,
  policy: Policy,
  now: Date,
): Action[] {
  const trigger = triggerOf(job);
  const status = runStatus(outcome, { jobUID: job.metadata.uid, trigger });
  if (!isFinal(status)) return statusActions(run, status, startEvent(run, status));
  return finalActions(run, status, outcome, observed, parsed, policy, now);
}

/** The last status of a record, with its mail. */
function finalActions(
  run: Run,
  status: BackupRunStatus,
  outcome: RunOutcome,
  observed: Observed,
  parsed: ParsedSpec,
  policy: Policy,
  now: Date,
): Action[] {
  const { backup } = observed;
  const { spec } = parsed;
  const owed = spec !== undefined && mailIsOwed(spec, outcome);
  const lastSuccess = backup.status?.lastSuccessTime;
  const verdict = notified(spec, outcome, owed);
  const final: BackupRunStatus = {
    ...status,
    consecutiveFailures: status.phase === 'Succeeded' ? 0 : failuresBefore(run, observed) + 1,
    conditions: withConditions(run.status?.conditions, [verdict], run.metadata.generation ?? 1, now),
  };
  const mail: Action[] = owed
    ? [
        {
          type: 'CreateJob',
          job: runNotice({ backup, spec, defaults: policy.defaults, lastSuccess }, run, outcome, now),
          for: undefined,
        },
      ]
    : [];
  return [...mail, ...statusActions(run, final, endEvent(run, final))];
}

/** How many runs failed in a row before this one, by the record that ended last. */
function failuresBefore(run: Run, observed: Observed): number {
  const last = latestEnded(ownRuns(observed).filter(({ metadata }) => metadata.name !== run.metadata.name));
  return last?.status?.consecutiveFailures ?? observed.backup.status?.consecutiveFailures ?? 0;
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

/** The write of a status, unless it says what is there already. */
function statusActions(run: Run, status: BackupRunStatus, event: EventText | undefined): Action[] {
  const next = compact(status);
  if (sameJSON(run.status ?? {}, next)) return [];
  return [{ type: 'ApplyRunStatus', run: { ...run, status: next }, event }];
}

function startEvent(run: Run, { trigger }: BackupRunStatus): EventText | undefined {
  if (run.status?.jobUID !== undefined) return undefined;
  const by = run.spec.requestedBy === undefined ? '' : `, requested by ${run.spec.requestedBy}`;
  return {
    type: 'Normal',
    reason: 'RunStarted',
    action: 'Run',
    note: `Run ${run.metadata.name} has its Job (${trigger}${by}).`,
  };
}

function endEvent(run: Run, status: BackupRunStatus): EventText {
  const { name } = run.metadata;
  if (status.phase === 'Succeeded') {
    const size = status.size === undefined ? '' : `: ${status.rows ?? 0} rows, ${status.size}`;
    return { type: 'Normal', reason: 'RunSucceeded', action: 'Run', note: `Run ${name} succeeded${size}.` };
  }
  const { reason = 'Internal', message = '', hint = '' } = status;
  return { type: 'Warning', reason, action: 'Run', note: `Run ${name} failed: ${message} ${hint}` };
}

/** Ends a Job whose pod cannot come up, and says in the same write why. */
function endStuck(plan: PlanBuilder, job: Job, { waiting, startTime }: RunOutcome, policy: Policy): Action[] {
  if (waiting === undefined || job.metadata.annotations?.[annotations.endedFor] !== undefined) return [];
  if (waiting.reason === 'NodeLost' || waiting.reason === 'Evicted') return [];
  const patience = { Hopeless: 0, Stuck: policy.stuckMs, Slow: unschedulableMs }[waiting.lasting];
  const deadline = Date.parse(startTime ?? job.metadata.creationTimestamp ?? '') + patience;
  if (plan.now.getTime() < deadline) {
    plan.lookAt(deadline);
    return [];
  }
  const patch = {
    metadata: { annotations: { [annotations.endedFor]: waiting.reason } },
    spec: { activeDeadlineSeconds: 1 },
  };
  return [{ type: 'PatchJob', job, patch }];
}

/** The Job of a run that had not ended is gone or on its way out. */
function jobGone(run: Run, observed: Observed, parsed: ParsedSpec, policy: Policy, now: Date): Action[] {
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
  return finalActions(run, status, outcome, observed, parsed, policy, now);
}

/** The result of a notify Job on the record of its run. */
function mailTold(run: Run, observed: Observed, now: Date): Action[] {
  const { status } = run;
  if (status === undefined || conditionOf(status.conditions, 'Notified')?.reason !== 'MailPending') return [];
  const name = runNoticeName(observed.backup, run);
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

/** Requests that have no Job yet, the oldest first. */
function requests({ runs }: Observed): Run[] {
  return runs
    .filter((run) => !isFinal(run.status) && !hadJob(run) && run.metadata.deletionTimestamp === undefined)
    .sort((a, b) => order(a).localeCompare(order(b)));
}

const order = ({ metadata }: Run) => `${metadata.creationTimestamp} ${metadata.name}`;

function nextRequest(observed: Observed): Run | undefined {
  return requests(observed).find((run) => jobOf(run, observed.jobs.run) === undefined);
}

/** A request becomes a Job when no other run of the backup is active; until then it says what it waits for. */
function decideRequest(
  plan: PlanBuilder,
  run: Run,
  observed: Observed,
  parsed: ParsedSpec,
  policy: Policy,
): void {
  const { backup } = observed;
  const waiting = requests(observed).filter(({ metadata }) => metadata.name !== run.metadata.name);
  const active = observed.jobs.run.find((job) => finished(job) === undefined);
  const pending = (of: string): BackupRunStatus => ({
    phase: 'Pending',
    trigger: 'API',
    message: `Waits until ${of} has ended.`,
  });
  for (const other of waiting)
    plan.add(statusActions(other, pending(`run ${run.metadata.name} of the same backup`), waitEvent(other)));
  if (parsed.spec === undefined) {
    plan.add(refuse(run, 'InvalidSpec', parsed.problem, plan.now));
    return;
  }
  if (active !== undefined) {
    const name = recordOf(active, observed.runs)?.metadata.name ?? active.metadata.name;
    plan.add(statusActions(run, pending(`run ${name} of the same backup`), waitEvent(run)));
    return;
  }
  plan.add(startActions(run, backup, parsed.spec, policy));
}

/** First the record becomes one of the backup, then the Job is made, which bears the record's name and UID. */
function startActions(run: Run, backup: Backup, spec: BackupSpec, { defaults }: Policy): Action[] {
  const adopt: Action[] = isControlledBy(run, backup.metadata.uid)
    ? []
    : [
        {
          type: 'AdoptRun',
          run,
          change: {
            metadata: {
              labels: ownLabels(backup.metadata.name, 'run'),
              ownerReferences: [...(run.metadata.ownerReferences ?? []), ownedBy(backup)],
            },
          },
        },
      ];
  const job = ownJob(
    { backup, spec, defaults, purpose: 'run' },
    { name: run.metadata.name, annotations: { [annotations.runUID]: run.metadata.uid ?? '' } },
  );
  return [...adopt, { type: 'CreateJob', job, for: run }];
}

function waitEvent(run: Run): EventText | undefined {
  if (run.status?.phase !== undefined) return undefined;
  const note = `Run ${run.metadata.name} waits for another run of the same backup.`;
  return { type: 'Normal', reason: 'RunWaiting', action: 'Run', note };
}

/** A request that will never have a Job. */
export function refuse(
  run: Run,
  reason: 'InvalidSpec' | 'NameTaken' | 'BackupNotFound' | 'PodRefused',
  message: string,
  now: Date,
): Action[] {
  const outcome = {
    phase: 'Failed' as const,
    attempts: 0,
    completionTime: timeText(now),
    trouble: { reason, message },
  };
  const status = runStatus(outcome, { jobUID: undefined, trigger: 'API' });
  return statusActions(run, status, endEvent(run, status));
}

/** Records beyond the limits of the history, the oldest of each kind. A record whose mail is on its way stays. */
function outdated(own: readonly Run[], limits: BackupSpec['runHistoryLimit']): Action[] {
  return (['Succeeded', 'Failed'] as const).flatMap((phase) => {
    const limit = phase === 'Succeeded' ? limits.successful : limits.failed;
    return own
      .filter(({ status, metadata }) => status?.phase === phase && metadata.deletionTimestamp === undefined)
      .sort((a, b) => endOf(b).localeCompare(endOf(a)))
      .slice(limit)
      .filter(({ status }) => conditionOf(status?.conditions, 'Notified')?.reason !== 'MailPending')
      .map((run): Action => ({ type: 'DeleteRun', run }));
  });
}

/** Whether two values are the same JSON, whatever the order of their members. */
export function sameJSON(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => key in right && sameJSON(value, right[key]))
  );
}
