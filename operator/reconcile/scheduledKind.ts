import type { z } from 'zod';
import type { FailureReason } from '../../crds/failureReason.ts';
import type { Notice, SyncNotice } from '../../crds/notice.ts';
import type { RunStatus } from '../../crds/scheduledStatus.ts';
import type { Resource } from '../controller/kubernetesObject.ts';
import type { Known } from '../controller/store.ts';
import type { Stores } from './cluster.ts';
import type { Verdict } from './conditions.ts';
import type { Purpose, Run, Scheduled, ScheduledSpec } from './kinds.ts';
import type { Action, EventText, Observed, Policy } from './observed.ts';
import type { PodInput } from './podTemplate.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';

/** What a pod of an object that runs on a schedule is made from. */
export interface PodOrder<T extends Scheduled = Scheduled, S extends ScheduledSpec = ScheduledSpec> {
  readonly owner: T;
  readonly spec: S;
  readonly defaults: RunnerDefaults;
  readonly purpose: Purpose;
  /** What a notify pod mails. */
  readonly notice?: Notice | SyncNotice;
}

/** The report of a run's attempt, whatever it wrote. */
export type ScheduledReport = Notice['report'] | SyncNotice['report'];

/** What a kind decides beside its runs and checks. */
export interface More {
  /** Before the status is written. */
  readonly actions: readonly Action[];
  readonly verdicts: readonly Verdict[];
  /** Members of the status that are its own. */
  readonly status: object;
  /** What is told once, with the write of the status. */
  readonly told: { readonly actions: readonly Action[]; readonly events: readonly EventText[] };
  readonly lookAgainAt: Date | undefined;
}

/**
 * A kind that runs on a schedule and on demand: what the operator has to know of it beside what all of them have in common.
 * Methods, so that one of a certain kind passes for one of any.
 */
export interface ScheduledKind<T extends Scheduled = Scheduled, S extends ScheduledSpec = ScheduledSpec> {
  readonly resource: Resource;
  readonly runs: Resource;
  /** In sentences: a backup. */
  readonly noun: string;
  /** In a sentence: what a check tries. */
  readonly checked: string;
  /** What follows its name in that of its CronJob, so that two kinds may share a name. */
  readonly cronJobSuffix: '' | '-sync';
  /** Of the Jobs of its runs. */
  readonly purpose: Extract<Purpose, 'run' | 'sync'>;
  /** Why a run fails whose owner there is not. */
  readonly notFound: Extract<FailureReason, 'BackupNotFound' | 'SyncNotFound'>;
  /** What its runs tell. */
  readonly report: z.ZodType<ScheduledReport>;
  owners(stores: Stores): Known<T>;
  records(stores: Stores): Known<Run>;
  /** Name of the owner that a record is about. */
  ownerOf(run: Run): string;
  /** spec of the record of a run. */
  runSpec(ownerName: string): Run['spec'];
  /** The spec with all defaults. Throws BackupError InvalidSpec. */
  parse(owner: T): S;
  /** spec.drill.schedule, of a kind that has drills. */
  drillSchedule?(spec: S): string | undefined;
  pod(order: PodOrder<T, S>): PodInput;
  /** What a report tells in the status of its record. */
  told(report: ScheduledReport): Partial<RunStatus>;
  /** What a run that succeeded did, in a few words. */
  summary(status: RunStatus): string | undefined;
  /** The report of a run that nothing is known of. */
  emptyReport(startedAt: string, finishedAt: string): ScheduledReport;
  /** Left out: nothing. `mayStart` is whether new Jobs can be made at all. */
  more?(observed: Observed<T, S>, policy: Policy, mayStart: boolean, now: Date): More;
}

/** Name of the CronJob of an object, and the beginning of the names of its Jobs. */
export function cronJobName({ cronJobSuffix }: ScheduledKind, { metadata }: Pick<Scheduled, 'metadata'>) {
  return `${metadata.name}${cronJobSuffix}`;
}
