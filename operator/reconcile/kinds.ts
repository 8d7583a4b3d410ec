import type { BackupSpec, BackupSpecInput } from '../../crds/backupSpec.ts';
import type { BackupRunStatus, BackupStatus } from '../../crds/backupStatus.ts';
import { apiGroup, apiVersion } from '../../crds/databaseBackup.ts';
import type { RestoreSpecInput } from '../../crds/databaseRestore.ts';
import type { RestoreStatus } from '../../crds/restoreStatus.ts';
import type { RunStatus, ScheduledStatus } from '../../crds/scheduledStatus.ts';
import type { SyncSpecInput } from '../../crds/sheetSync.ts';
import type { SyncRunStatus, SyncStatus } from '../../crds/syncStatus.ts';
import type { KubernetesObject, Resource } from '../controller/kubernetesObject.ts';

export const backups: Resource = { apiVersion, kind: 'DatabaseBackup', plural: 'databasebackups' };
export const runs: Resource = { apiVersion, kind: 'DatabaseBackupRun', plural: 'databasebackupruns' };
export const restores: Resource = { apiVersion, kind: 'DatabaseRestore', plural: 'databaserestores' };
export const syncs: Resource = { apiVersion, kind: 'SheetSync', plural: 'sheetsyncs' };
export const syncRuns: Resource = { apiVersion, kind: 'SheetSyncRun', plural: 'sheetsyncruns' };
export const cronJobs: Resource = { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs' };
export const jobs: Resource = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' };
export const pods: Resource = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };

/** Name of our field manager, and of us in events and labels. */
export const operatorName = 'database-backup-operator';

export const labels = {
  backup: `${apiGroup}/backup`,
  restore: `${apiGroup}/restore`,
  sync: `${apiGroup}/sync`,
  purpose: `${apiGroup}/purpose`,
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** The label by which a Job or pod names the object of ours that it belongs to, by the kind of that object. */
export const ownerLabels: Readonly<Record<string, string>> = {
  DatabaseBackup: labels.backup,
  DatabaseRestore: labels.restore,
  SheetSync: labels.sync,
};

export const annotations = {
  /** On a record that we made: UID of its Job. */
  jobUID: `${apiGroup}/job-uid`,
  /** On a Job: UID of its record. A Job that has it and whose record is gone gets no other one. */
  runUID: `${apiGroup}/run-uid`,
  /** On a run's Job that we ended: the reason. */
  endedFor: `${apiGroup}/ended-for`,
  /** Beside it: the sentence. */
  endedWith: `${apiGroup}/ended-with`,
  /** On the CronJob: hash of what we applied. */
  hash: `${apiGroup}/hash`,
  /** On the CronJob: since when its schedule is what it is. */
  scheduledSince: `${apiGroup}/scheduled-since`,
  /** On a check Job: generation of the spec, and the request that it answers. */
  generation: `${apiGroup}/generation`,
  /** On a DatabaseBackup or a SheetSync, by a person: a new value asks for a check. */
  checkNow: `${apiGroup}/check-now`,
  /** On a DatabaseBackup, by a person: a new value asks for a drill. On a drill Job: the request that it answers. */
  drillNow: `${apiGroup}/drill-now`,
  /** On a drill Job: the scheduled time that it is made for. */
  drillTime: `${apiGroup}/drill-time`,
} as const;

export type Purpose = 'run' | 'sync' | 'check' | 'notify' | 'restore' | 'drill';

/** An object of ours that runs on a schedule and on demand: CronJob, Jobs and records belong to it. */
export interface Scheduled extends KubernetesObject {
  readonly spec: object;
  readonly status?: ScheduledStatus;
}

/** What the spec of each of them has, with its defaults. */
export type ScheduledSpec = Pick<
  BackupSpec,
  | 'schedule'
  | 'timeZone'
  | 'suspend'
  | 'startingDeadlineSeconds'
  | 'timeoutSeconds'
  | 'retries'
  | 'notification'
  | 'runner'
  | 'runHistoryLimit'
>;

export interface Backup extends Scheduled {
  readonly spec: BackupSpecInput;
  readonly status?: BackupStatus;
}

export interface Sync extends Scheduled {
  readonly spec: SyncSpecInput;
  readonly status?: SyncStatus;
}

/** A request for a run, and afterwards its record. */
export interface Run<S extends RunStatus = RunStatus> extends KubernetesObject {
  readonly spec: {
    /** Name of its DatabaseBackup or of its SheetSync. */
    readonly backupName?: string;
    readonly syncName?: string;
    readonly requestedBy?: string;
  };
  readonly status?: S;
}
export type BackupRun = Run<BackupRunStatus>;
export type SyncRun = Run<SyncRunStatus>;

export interface Restore extends KubernetesObject {
  readonly spec: RestoreSpecInput;
  readonly status?: RestoreStatus;
}

export interface CronJob extends KubernetesObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly [field: string]: unknown;
  };
  readonly status?: { readonly lastScheduleTime?: string };
  /** Whether somebody else holds fields of the spec: set when the object is stored. */
  readonly foreignFields?: boolean;
}

export interface JobCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Job extends KubernetesObject {
  readonly spec: {
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly suspend?: boolean;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly JobCondition[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly startedAt?: string;
      readonly finishedAt?: string;
    };
  };
}

export interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly startTime?: string;
    readonly conditions?: readonly JobCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** Name of the container of ours in every pod. */
export const containerName = 'runner';
/** Name of the PostgreSQL beside it in the pod of a drill. */
export const sidecarName = 'postgres';
