import type { z } from 'zod';
import { type FailureReason, failureReasons, reasonFacts } from '../../crds/failureReason.ts';
import { annotations, type Job, type Pod } from './kinds.ts';
import {
  disruption,
  hasEnded,
  podFailure,
  podWaiting,
  type Trouble,
  terminated,
  type Waiting,
} from './podFailure.ts';
import { podReport } from './podReport.ts';
import type { ScheduledReport } from './scheduledKind.ts';

/** What the reports of all attempts have in common, whatever was tried. */
interface AttemptReport {
  readonly result: 'Succeeded' | 'Failed';
  readonly reason?: FailureReason | undefined;
  readonly message?: string | undefined;
}

/** Where a Job stands, from its status and its pods. */
export interface JobOutcome<R = unknown> {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Pods that ran or run, without those that the cluster took away. */
  readonly attempts: number;
  readonly startTime?: string | undefined;
  readonly completionTime?: string | undefined;
  /** Why it failed; while it goes on: why the last attempt did, or what holds the pod up. */
  readonly trouble?: Trouble | undefined;
  /** What keeps the newest pod from running. */
  readonly waiting?: Waiting | undefined;
  /** Of the pod that succeeded, else of the last one. */
  readonly report?: R | undefined;
}
export type RunOutcome = JobOutcome<ScheduledReport>;

export function finished(
  job: Job,
): { type: 'Complete' | 'Failed'; reason?: string; time?: string } | undefined {
  for (const { type, status, reason, lastTransitionTime } of job.status?.conditions ?? []) {
    if ((type === 'Complete' || type === 'Failed') && status === 'True') {
      return {
        type,
        ...(reason === undefined ? {} : { reason }),
        ...(lastTransitionTime === undefined ? {} : { time: lastTransitionTime }),
      };
    }
  }
  return undefined;
}

/** The newest pod, by its end where it has ended, else by its birth. */
export function newestPod(pods: readonly Pod[]): Pod | undefined {
  const time = (pod: Pod) => pod.metadata.creationTimestamp ?? '';
  return pods.reduce<Pod | undefined>(
    (newest, pod) => (newest === undefined || time(pod) >= time(newest) ? pod : newest),
    undefined,
  );
}

/** How a pod failed: by its own report where it left one. */
function attemptFailure<R extends AttemptReport>(
  schema: z.ZodType<R>,
  pod: Pod,
): Trouble & { readonly report?: R } {
  const report = podReport(schema, pod);
  if (report === undefined) return podFailure(pod);
  if (report.result === 'Succeeded') {
    const { exitCode = 0 } = terminated(pod) ?? {};
    return {
      report,
      reason: 'Internal',
      message: `Pod ${pod.metadata.name} reported success and ended with exit status ${exitCode}.`,
    };
  }
  const { reason = 'Internal', message = reasonFacts(reason).meaning } = report;
  if (reason === 'Interrupted') {
    // The runner knows only that it was told to stop; the pod says by whom.
    const deleted = pod.metadata.deletionTimestamp !== undefined;
    const taken = disruption(pod) ?? (deleted ? podFailure(pod) : undefined);
    if (taken) return { report, ...taken };
  }
  return { report, reason, message };
}

const stuckReasons: ReadonlySet<FailureReason> = new Set([
  ...([
    'ImagePullFailed',
    'SecretNotFound',
    'PodUnschedulable',
    'PodRefused',
    'NodeLost',
    'Evicted',
  ] as const),
]);

/** What a record says already of why it failed, or does not go on. */
export function knownTrouble(
  status: { readonly reason?: FailureReason | undefined; readonly message?: string | undefined } | undefined,
): Trouble | undefined {
  const { reason, message } = status ?? {};
  return reason && { reason, message: message ?? reasonFacts(reason).meaning };
}

/**
 * Where a Job stands whose pods answer by `schema`. `known` is what its record says already: a pod that is gone since then is
 * remembered by it. A Job that is complete without a report of success is a failure, since nothing is known of what it did.
 */
export function jobOutcome<R extends AttemptReport>(
  schema: z.ZodType<R>,
  job: Job,
  pods: readonly Pod[],
  known: Trouble | undefined,
): JobOutcome<R> {
  const isGood = (pod: Pod) =>
    terminated(pod)?.exitCode === 0 && podReport(schema, pod)?.result === 'Succeeded';
  const end = finished(job);
  const ended = pods.filter(hasEnded);
  const last = newestPod(ended);
  const newest = newestPod(pods);
  const base = {
    attempts: (job.status?.failed ?? 0) + (job.status?.succeeded ?? 0) + (job.status?.active ?? 0),
    startTime: job.status?.startTime,
  };
  if (end === undefined) {
    const waiting = newest === undefined ? undefined : podWaiting(newest);
    const failed = last !== undefined && !isGood(last) ? attemptFailure(schema, last) : undefined;
    const running = newest !== undefined && !hasEnded(newest) && newest.status?.phase === 'Running';
    return {
      ...base,
      phase: running || (job.status?.failed ?? 0) > 0 || ended.length > 0 ? 'Running' : 'Pending',
      // Pods of a Job that is being ended die of it: what was known before says why.
      trouble: isEnding(job) ? known : (waiting ?? failed ?? (running ? undefined : known)),
      waiting,
    };
  }
  const completionTime = job.status?.completionTime ?? end.time;
  const good = newestPod(ended.filter(isGood));
  if (end.type === 'Complete' && good !== undefined) {
    return { ...base, phase: 'Succeeded', completionTime, report: podReport(schema, good) };
  }
  return { ...base, phase: 'Failed', completionTime, ...endFailure(schema, job, end, last ?? newest, known) };
}

/** Whether the Job controller, or we, decided that the Job has failed, and its pods are on their way out. */
function isEnding({ metadata, status }: Job): boolean {
  const isFailing = status?.conditions?.some(
    (condition) => condition.type === 'FailureTarget' && condition.status === 'True',
  );
  return isFailing || metadata.annotations?.[annotations.endedFor] !== undefined;
}

function endFailure<R extends AttemptReport>(
  schema: z.ZodType<R>,
  job: Job,
  end: { type: string; reason?: string },
  pod: Pod | undefined,
  known: Trouble | undefined,
): { trouble: Trouble; report?: R | undefined } {
  const endedFor = job.metadata.annotations?.[annotations.endedFor];
  if (endedFor !== undefined && isReason(endedFor)) {
    const said =
      known?.reason === endedFor ? known.message : job.metadata.annotations?.[annotations.endedWith];
    const message = said ?? reasonFacts(endedFor).meaning;
    return { trouble: { reason: endedFor, message } };
  }
  if (end.reason === 'DeadlineExceeded') {
    if (known && stuckReasons.has(known.reason)) return { trouble: known };
    const seconds = job.spec.activeDeadlineSeconds ?? 0;
    const message = `All attempts together took longer than ${seconds} s, the deadline of the Job.`;
    return { trouble: { reason: 'DeadlineExceeded', message } };
  }
  if (end.type === 'Complete') {
    const message =
      pod === undefined
        ? `Job ${job.metadata.name} is complete, but its pod was gone before its report was read.`
        : `Pod ${pod.metadata.name} ended with exit status 0 and left no report of success: is spec.runner.image the right image?`;
    return { trouble: { reason: 'ReportMissing', message } };
  }
  if (pod !== undefined) {
    const { report, reason, message } = attemptFailure(schema, pod);
    return { trouble: { reason, message }, report };
  }
  if (known) return { trouble: known };
  const message = `The pods of Job ${job.metadata.name} were deleted before their reports were read.`;
  return { trouble: { reason: 'PodDeleted', message } };
}

function isReason(text: string): text is FailureReason {
  return (failureReasons as readonly string[]).includes(text);
}
