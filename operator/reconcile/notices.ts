import { createHash } from 'node:crypto';
import type { FailureReason } from '../../crds/failureReason.ts';
import { type Notice, noticeReport, type SyncNotice } from '../../crds/notice.ts';
import type { Condition } from '../../crds/scheduledStatus.ts';
import { timeText, type Verdict, withConditions } from './conditions.ts';
import { finished, newestPod, type RunOutcome } from './jobOutcome.ts';
import { ownJob } from './jobTemplate.ts';
import type { Job, Pod, Run, Scheduled, ScheduledSpec } from './kinds.ts';
import { podFailure, podWaiting } from './podFailure.ts';
import { podReport } from './podReport.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import { cronJobName, type ScheduledKind, type ScheduledReport } from './scheduledKind.ts';

/** A notify Job stays a day after its end, for people who look for its log. */
const noticeTTL = 86_400;

/** `<name>-<what>-<8 hex digits of the key>`: the same key gives the same name, so that nothing is made twice. */
export function derivedName(name: string, what: string, key: string): string {
  const digits = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return `${name.slice(0, 63 - what.length - 10).replace(/[.-]+$/, '')}-${what}-${digits}`;
}

/** Whether the runner's own mail about this outcome is still owed. */
export function mailIsOwed(spec: ScheduledSpec, { phase, report }: RunOutcome): boolean {
  const email = spec.notification?.email;
  if (email === undefined || email.when === 'Never') return false;
  if (phase === 'Succeeded' && email.when === 'OnFailure') return false;
  const result = report?.email?.result;
  return result !== 'Sent' && result !== 'PartlyRejected';
}

interface NoticeInput {
  readonly kind: ScheduledKind;
  readonly owner: Scheduled;
  readonly spec: ScheduledSpec;
  readonly defaults: RunnerDefaults;
}

/** Name of the notify Job of a run. */
export function runNoticeName({ kind, owner }: Pick<NoticeInput, 'kind' | 'owner'>, run: Run): string {
  return derivedName(cronJobName(kind, owner), 'notify', run.metadata.uid ?? run.metadata.name);
}

/** The notify Job that mails a run's result in the runner's place. */
export function runNotice(input: NoticeInput, run: Run, outcome: RunOutcome, now: Date): Job {
  const { trouble, report } = outcome;
  // An image that cannot be pulled cannot tell of it either.
  const { image, ...runner } = input.spec.runner ?? {};
  const { startTime = timeText(now), completionTime = timeText(now) } = outcome;
  const told: ScheduledReport = {
    ...(report ?? input.kind.emptyReport(startTime, completionTime)),
    ...(trouble === undefined ? {} : { result: 'Failed' as const, ...trouble }),
  };
  const { email, ...rest } = told;
  const id = run.metadata.name;
  const spec = trouble?.reason === 'ImagePullFailed' ? { ...input.spec, runner } : input.spec;
  return noticeJob({ ...input, spec }, runNoticeName(input, run), {
    id,
    run: id,
    attempts: outcome.attempts,
    report: rest,
  });
}

/** The notify Job that mails about the schedule; `at` makes it one for each turn. */
export function scheduleNotice(
  input: NoticeInput,
  reason: Extract<FailureReason, 'ScheduleMissed' | 'NoRecentSuccess'>,
  message: string,
  at: Date,
): Job {
  const { kind, owner } = input;
  const what = reason === 'ScheduleMissed' ? 'missed' : 'stale';
  const key = `${owner.metadata.uid ?? ''} ${at.toISOString()}`;
  const jobName = derivedName(cronJobName(kind, owner), what, key);
  const report = { ...kind.emptyReport(timeText(at), timeText(at)), reason, message };
  return noticeJob(input, jobName, { id: jobName, report });
}

/** The notify Job that mails about a drill that failed; one for each drill. */
export function drillNotice(
  input: NoticeInput,
  reason: FailureReason,
  message: string,
  drill: { job: string; time: string },
): Job {
  const { kind, owner } = input;
  const jobName = derivedName(
    cronJobName(kind, owner),
    'drilled',
    `${owner.metadata.uid ?? ''} ${drill.job}`,
  );
  const report = { ...kind.emptyReport(drill.time, drill.time), reason, message };
  return noticeJob(input, jobName, { id: jobName, about: 'Drill', report });
}

/** What a notice is about; its report is one of the kind. */
interface NoticeContent extends Pick<Notice, 'id' | 'about' | 'run' | 'attempts'> {
  readonly report: ScheduledReport;
}

function noticeJob(input: NoticeInput, name: string, content: NoticeContent): Job {
  const { kind, owner, spec, defaults } = input;
  const lastSuccess = owner.status?.lastSuccessTime;
  const notice = { version: 1, ...content, ...(lastSuccess === undefined ? {} : { lastSuccess }) };
  return ownJob(
    kind,
    { owner, spec, defaults, purpose: 'notify', notice: notice as Notice | SyncNotice },
    { name, annotations: {}, ttl: noticeTTL },
  );
}

/** What is known of the mail of a run that has ended. */
export function notified(
  spec: ScheduledSpec | undefined,
  outcome: Pick<RunOutcome, 'phase' | 'report'>,
  owed: boolean,
): Verdict {
  const told = outcome.report?.email;
  const verdict = (status: Verdict['status'], reason: Verdict['reason'], message: string): Verdict => ({
    type: 'Notified',
    status,
    reason,
    message,
  });
  if (owed) return verdict('Unknown', 'MailPending', 'A notify Job mails the report in place of the runner.');
  if (told?.result === 'Sent') return verdict('True', 'MailSent', 'The runner mailed the report.');
  if (told?.result === 'PartlyRejected')
    return verdict('True', 'MailSent', told.message ?? 'The relay refused some of the recipients.');
  const why =
    spec?.notification?.email === undefined
      ? 'spec.notification names no mail.'
      : `spec.notification.email.when is ${spec.notification.email.when}.`;
  return verdict('False', 'MailNotWanted', why);
}

/** The conditions of a record whose notify Job has ended or is gone; undefined while it is on its way. */
export function noticeResult(
  before: readonly Condition[] | undefined,
  job: Job | undefined,
  pods: readonly Pod[],
  now: Date,
): Condition[] | undefined {
  const verdict = noticeVerdict(job, pods);
  return verdict && withConditions(before, [verdict], before?.[0]?.observedGeneration ?? 1, now);
}

function noticeVerdict(job: Job | undefined, pods: readonly Pod[]): Verdict | undefined {
  const type = 'Notified';
  if (job === undefined) {
    const message = 'The notify Job was gone before it was known whether the mail was sent.';
    return { type, status: 'False', reason: 'MailFailed', message };
  }
  const end = finished(job);
  if (end === undefined) return undefined;
  const pod = newestPod(pods);
  const report = pod && podReport(noticeReport, pod);
  if (end.type === 'Complete' && report !== undefined && report.result !== 'Failed') {
    const message = report.message ?? `Notify Job ${job.metadata.name} mailed the report.`;
    return { type, status: 'True', reason: 'MailSent', message };
  }
  const trouble = pod && (podWaiting(pod) ?? podFailure(pod));
  const message = report?.message ?? trouble?.message ?? `Notify Job ${job.metadata.name} failed.`;
  return { type, status: 'False', reason: 'MailFailed', message };
}
