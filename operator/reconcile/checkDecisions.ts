import { createHash } from 'node:crypto';
import { type CheckReport, checkReport } from '../../crds/checkReport.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import type { ScheduledStatus } from '../../crds/scheduledStatus.ts';
import { timeText } from './conditions.ts';
import { finished, newestPod } from './jobOutcome.ts';
import { ownJob } from './jobTemplate.ts';
import { annotations, type Job, type Pod } from './kinds.ts';
import { derivedName } from './notices.ts';
import type { Observed, Policy } from './observed.ts';
import { podFailure, podWaiting, type Trouble } from './podFailure.ts';
import { podReport } from './podReport.ts';
import { latestEnded, ownRuns } from './records.ts';
import { isFinal } from './runStatus.ts';
import { cronJobName } from './scheduledKind.ts';

export type LastCheck = NonNullable<ScheduledStatus['lastCheck']>;

const hour = 3_600_000;
const day = 24 * hour;
/** Seconds until a failed check is tried again; then the last one for ever. */
const retryAfter = [30, 60, 120, 240, 480, 600];
/** A check's result stays for an hour; it is recorded long before. */
const checkTTL = 3600;

/** What the check Jobs of a backup or a sync say, and whether a new one is due. */
export interface CheckState {
  readonly lastCheck: LastCheck | undefined;
  /** Warnings of the last check, where its Job was read just now. */
  readonly active: Job | undefined;
  /** Why the active one does not come up. */
  readonly waiting: Trouble | undefined;
  /** The active one where it is of an older spec and does not come up: the new spec may be what mends it. */
  readonly outdated: Job | undefined;
  /** The Job to make now. */
  readonly due: Job | undefined;
  readonly lookAgainAt: Date | undefined;
}

/** Reads the check Jobs of an object and decides on the next one. */
export function decideCheck(observed: Observed, policy: Policy, now: Date): CheckState {
  const { kind, owner, parsed, jobs, podsOf } = observed;
  const current = owner.metadata.generation ?? 0;
  let lastCheck = owner.status?.lastCheck;
  for (const job of [...jobs.check].sort((a, b) => endTime(a).localeCompare(endTime(b)))) {
    lastCheck = checkResult(job, podsOf(job), lastCheck) ?? lastCheck;
  }
  const active = jobs.check.find((job) => finished(job) === undefined);
  const pod = active && newestPod(podsOf(active));
  const waiting = pod && podWaiting(pod);
  const isOutdated = Number(active?.metadata.annotations?.[annotations.generation]) !== current;
  const outdated = waiting && isOutdated && !active.metadata.deletionTimestamp ? active : undefined;
  const base = { lastCheck, active, waiting, outdated };
  if (active !== undefined || parsed.spec === undefined)
    return { ...base, due: undefined, lookAgainAt: undefined };
  const at = dueAt(observed, lastCheck, policy);
  if (now < at) return { ...base, due: undefined, lookAgainAt: at };
  const { uid = '' } = owner.metadata;
  const checkNow = owner.metadata.annotations?.[annotations.checkNow];
  const key = [uid, current, checkNow ?? '', lastCheck?.time ?? ''].join(' ');
  const due = ownJob(
    kind,
    { owner, spec: parsed.spec, defaults: policy.defaults, purpose: 'check' },
    {
      name: derivedName(cronJobName(kind, owner), 'check', key),
      annotations: {
        [annotations.generation]: String(current),
        ...(checkNow === undefined ? {} : { [annotations.checkNow]: checkNow.slice(0, 256) }),
      },
      ttl: checkTTL,
    },
  );
  return { ...base, due, lookAgainAt: undefined };
}

const endTime = (job: Job) => finished(job)?.time ?? '9';

/** When the next check is due: a changed spec, a request, a failure to look at again, and once a day. */
function dueAt(observed: Observed, last: LastCheck | undefined, { debounceMs }: Policy): Date {
  const { owner, seenAt } = observed;
  const { generation = 0, uid = '' } = owner.metadata;
  const settled = generation > 1 ? seenAt.getTime() + debounceMs : 0;
  if (last === undefined || last.generation !== generation) return new Date(settled);
  const wanted = owner.metadata.annotations?.[annotations.checkNow]?.slice(0, 256);
  if (wanted !== undefined && wanted !== '' && wanted !== last.checkNow) return new Date(0);
  const ended = Date.parse(last.time);
  if (last.result === 'Failed') {
    if (succeededSince(observed, ended)) return new Date(0);
    return new Date(ended + (retryAfter[last.failures - 1] ?? 600) * 1000);
  }
  if (failedForGoodSince(observed, ended)) return new Date(0);
  return new Date(dailyAfter(ended, uid));
}

/** A run that succeeded after a failed check says that the check is out of date. */
function succeededSince({ owner }: Observed, time: number): boolean {
  const last = owner.status?.lastSuccessTime;
  return last !== undefined && Date.parse(last) > time;
}

/** A run that failed for good after a good check: something was taken away since. */
function failedForGoodSince(observed: Observed, time: number): boolean {
  const last = latestEnded(ownRuns(observed));
  const { phase, reason, completionTime } = last?.status ?? {};
  if (phase !== 'Failed' || reason === undefined || completionTime === undefined || !isFinal(last?.status))
    return false;
  return reasonFacts(reason).kind === 'Permanent' && Date.parse(completionTime) > time;
}

/**
 * The first time of day that is this object's own, an hour after `time` at the earliest: the checks of many are spread by
 * their UIDs, and none follows at once on the first one of a new spec.
 */
export function dailyAfter(time: number, uid: string): number {
  const offset = createHash('sha256').update(uid).digest().readUInt32BE(0) % day;
  const first = Math.floor((time + hour - offset) / day) * day + offset;
  return first + day;
}

/** What a finished check Job found; undefined if it is not finished or is recorded already. */
function checkResult(job: Job, pods: readonly Pod[], known: LastCheck | undefined): LastCheck | undefined {
  const end = finished(job);
  if (end === undefined) return undefined;
  const time = end.time ?? timeText(new Date(0));
  if (known !== undefined && (known.job === job.metadata.name || Date.parse(time) < Date.parse(known.time))) {
    return undefined;
  }
  const generation = Number(job.metadata.annotations?.[annotations.generation] ?? 0);
  if (known !== undefined && generation < known.generation) return undefined;
  const checkNow = job.metadata.annotations?.[annotations.checkNow];
  const found = checkFindings(job, end.type, pods);
  const isSameSpec = known?.generation === generation;
  const failures = found.result === 'Passed' ? 0 : (isSameSpec ? known.failures : 0) + 1;
  return {
    job: job.metadata.name,
    time,
    generation,
    failures,
    ...found,
    ...(checkNow === undefined ? {} : { checkNow }),
  };
}

function checkFindings(
  job: Job,
  end: 'Complete' | 'Failed',
  pods: readonly Pod[],
): Pick<LastCheck, 'result' | 'reason' | 'message'> {
  const pod = newestPod(pods);
  const report = pod && podReport(checkReport, pod);
  if (report?.result === 'Passed' && end === 'Complete') {
    const warnings = report.probes
      .filter(({ warning }) => warning)
      .map(({ name, message }) => `${name}: ${message}`);
    return { result: 'Passed', ...(warnings.length === 0 ? {} : { message: warnings.join(' ') }) };
  }
  if (report?.result === 'Failed') return { result: 'Failed', ...firstFailure(report) };
  const trouble = pod === undefined ? undefined : (podWaiting(pod) ?? podFailure(pod));
  const reason = trouble?.reason ?? 'PodRefused';
  const message = trouble?.message ?? `Check Job ${job.metadata.name} ended without a report.`;
  return { result: 'Failed', reason, message: `${message} ${reasonFacts(reason).hint}` };
}

/** The probe that failed, what it says and what to do. */
function firstFailure({ probes }: CheckReport): { reason: LastCheck['reason']; message: string } {
  const failed = probes.find(({ ok, notChecked }) => !ok && !notChecked);
  const reason = failed?.reason ?? 'Internal';
  const hint = failed?.hint ?? reasonFacts(reason).hint;
  return { reason, message: `${failed?.name ?? 'check'}: ${failed?.message ?? ''} ${hint}` };
}
