import type { BackupStatus } from '../../crds/backupStatus.ts';
import { drillReport } from '../../crds/drillReport.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { timeText } from './conditions.ts';
import { finished, jobOutcome } from './jobOutcome.ts';
import { annotations, type Job } from './kinds.ts';
import { drillNotice } from './notices.ts';
import type { Action, EventText, Observed, ObservedBackup, Policy } from './observed.ts';
import { compact, durationText } from './runStatus.ts';

export type LastDrill = NonNullable<BackupStatus['lastDrill']>;

/** What is told of a drill that ended. */
export interface Told {
  readonly actions: readonly Action[];
  readonly events: readonly EventText[];
}

export const nothingTold: Told = { actions: [], events: [] };

const messageLimit = 2000;

/** How a finished drill Job ended; undefined if it is not finished or is recorded already. */
export function drillResult(
  job: Job,
  { podsOf }: Pick<Observed, 'podsOf'>,
  known: LastDrill | undefined,
): LastDrill | undefined {
  const end = finished(job);
  if (end === undefined || known?.job === job.metadata.name) return undefined;
  const time = end.time ?? timeText(new Date(0));
  if (known !== undefined && Date.parse(time) < Date.parse(known.time)) return undefined;
  const { phase, report, trouble } = jobOutcome(drillReport, job, podsOf(job), undefined);
  const failed = phase === 'Succeeded' ? undefined : (trouble ?? unknownTrouble);
  const { set, snapshotTime, tables, rows, comparedTables, recoverySeconds } = report ?? {};
  return compact({
    time,
    result: failed === undefined ? 'Succeeded' : 'Failed',
    ...{ set, snapshotTime, tables, rows, comparedTables },
    ...(failed === undefined && recoverySeconds !== undefined
      ? { recoverySeconds, recoveryTime: durationText(recoverySeconds) }
      : {}),
    reason: failed?.reason,
    message: failed?.message.slice(0, messageLimit),
    hint: failed && reasonFacts(failed.reason).hint,
    ...askedBy(job),
  }) as LastDrill;
}

/** Which drill a Job is, and what it was made for. */
export function askedBy(job: Job): NonNullable<BackupStatus['activeDrill']> {
  const marks = job.metadata.annotations ?? {};
  const [drillTime, drillNow] = [marks[annotations.drillTime], marks[annotations.drillNow]];
  return compact({ job: job.metadata.name, scheduleTime: drillTime, drillNow });
}

/** A drill whose Job somebody deleted: it failed, and is not begun anew, or nobody could stop it. */
export function deletedDrill(
  active: BackupStatus['activeDrill'],
  jobs: readonly Job[],
  known: LastDrill | undefined,
  now: Date,
): LastDrill | undefined {
  if (active === undefined || known?.job === active.job) return undefined;
  if (jobs.some(({ metadata }) => metadata.name === active.job)) return undefined;
  const reason = 'JobDeleted';
  const message = 'The Job of the drill was deleted before its result was recorded.';
  const { hint } = reasonFacts(reason);
  return { ...active, time: timeText(now), result: 'Failed', reason, message, hint };
}

const unknownTrouble = { reason: 'ReportMissing', message: 'The drill ended and left no report.' } as const;

/** An event for each drill that ended, and one mail for one that failed. */
export function toldOf(
  { kind, owner, parsed }: ObservedBackup,
  { defaults }: Policy,
  last: LastDrill | undefined,
): Told {
  const { spec } = parsed;
  if (last === undefined || spec === undefined || last.job === owner.status?.lastDrill?.job) {
    return nothingTold;
  }
  const { set, reason = 'Internal', message = '', recoveryTime = '?' } = last;
  if (last.result === 'Succeeded') {
    const note = `Drill ${last.job} restored ${set ?? 'a set'} in ${recoveryTime} and compared it.`;
    return { actions: [], events: [{ type: 'Normal', reason: 'DrillSucceeded', action: 'Drill', note }] };
  }
  const sentence = set === undefined ? message : `${set}: ${message}`;
  const note = `Drill ${last.job} failed: ${sentence}`;
  const event: EventText = { type: 'Warning', reason, action: 'Drill', note };
  const email = spec.notification?.email;
  if (email === undefined || email.when === 'Never') return { actions: [], events: [event] };
  const job = drillNotice({ kind, owner, spec, defaults }, reason, sentence, last);
  return { actions: [{ type: 'CreateJob', job, for: undefined }], events: [event] };
}
