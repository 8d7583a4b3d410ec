import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { CronSchedule } from '../../crds/cronSchedule.ts';
import type { FailureReason, StatusReason } from '../../crds/failureReason.ts';
import type { EventText as ControllerEventText } from '../controller/event.ts';
import type { Backup, CronJob, Job, Pod, Restore, Run, Scheduled, ScheduledSpec } from './kinds.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import type { ScheduledKind } from './scheduledKind.ts';

/** What the API server refused lately, so that the status can say so. */
export interface Refusal {
  readonly reason: FailureReason;
  readonly message: string;
  readonly at: Date;
  /** It may still be of the moment: nothing is told yet. */
  readonly mayPass?: true;
}

/** Everything that the decisions about one object that runs on a schedule are made from. */
export interface Observed<T extends Scheduled = Scheduled, S extends ScheduledSpec = ScheduledSpec> {
  readonly kind: ScheduledKind<T, S>;
  /** The backup or the sync. */
  readonly owner: T;
  readonly parsed: ParsedSpec<S>;
  /** The CronJob of the owner's name, whoever made it. */
  readonly cronJob: CronJob | undefined;
  /** Jobs of the owner by purpose, those of others left out; `run` is that of the kind. */
  readonly jobs: {
    readonly run: readonly Job[];
    readonly check: readonly Job[];
    readonly notify: readonly Job[];
    readonly drill: readonly Job[];
  };
  /** Pods by the UID of their Job. */
  readonly podsOf: (job: Job) => readonly Pod[];
  /** Records and requests that name the owner. */
  readonly runs: readonly Run[];
  readonly refusal: Refusal | undefined;
  /** CronJob generation that our own last apply gave: its values are ours, however the API server writes them. */
  readonly settledGeneration: number | undefined;
  /** Whether all slots of check Jobs are taken. */
  readonly checkMustWait: boolean;
  /** When this generation of the spec was first seen, by this process. */
  readonly seenAt: Date;
}

/** What is known of a backup. */
export type ObservedBackup = Observed<Backup, BackupSpec>;

/** The knobs of the decisions. */
export interface Policy {
  readonly defaults: RunnerDefaults;
  /** How long a spec must stay as it is before it is checked. */
  readonly debounceMs: number;
  /** How long an image may stay unpullable, or a Secret of the environment missing, before the Job is ended. */
  readonly stuckMs: number;
  /** How long a run or a restore waits for the object that it names. */
  readonly missingMs: number;
}

/** The spec with its defaults and its schedule, or what is wrong with it in one sentence. */
export type ParsedSpec<S extends ScheduledSpec = ScheduledSpec> =
  | {
      readonly spec: S;
      readonly schedule?: CronSchedule;
      /** Of spec.drill. */
      readonly drillSchedule?: CronSchedule;
      /** The next local time of the schedule that a change of the clocks skips. */
      readonly skippedTime?: (now: Date) => string | undefined;
      readonly problem?: undefined;
    }
  | {
      readonly spec?: undefined;
      readonly schedule?: undefined;
      readonly drillSchedule?: undefined;
      readonly problem: string;
    };

/** A write that a decision asks for. `event` is told once it is done. */
export type Action =
  | {
      readonly type: 'ApplyCronJob';
      readonly cronJob: CronJob;
      /** What is there, where it is ours. */
      readonly current: CronJob | undefined;
      /** Whether somebody else changed it. */
      readonly isRestored: boolean;
    }
  | { readonly type: 'CreateRun'; readonly run: Run; readonly event?: EventText }
  | { readonly type: 'AdoptRun'; readonly run: Run; readonly change: object }
  | { readonly type: 'ApplyRunStatus'; readonly run: Run; readonly event?: EventText | undefined }
  | { readonly type: 'DeleteRun'; readonly run: Run }
  | { readonly type: 'CreateJob'; readonly job: Job; readonly for: Run | undefined }
  | { readonly type: 'PatchJob'; readonly job: Job; readonly patch: object }
  | { readonly type: 'DeleteJob'; readonly job: Job }
  | {
      readonly type: 'ApplyStatus';
      /** What is reconciled. */
      readonly object: Scheduled | Restore;
      readonly events: readonly EventText[];
    };

/** An event to tell on the object that is reconciled. */
export interface EventText extends ControllerEventText {
  readonly reason: StatusReason;
  readonly action: 'Apply' | 'Check' | 'Drill' | 'Notify' | 'Restore' | 'Run' | 'Schedule';
}

/** What is to be done now, in this order, and when to look again at the latest. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly lookAgainAt?: Date | undefined;
}
