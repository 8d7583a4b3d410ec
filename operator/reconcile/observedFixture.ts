import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import type { BackupRunStatus, BackupStatus } from '../../crds/backupStatus.ts';
import { apiVersion } from '../../crds/databaseBackup.ts';
import type { DrillReport } from '../../crds/drillReport.ts';
import type { RunReport } from '../../crds/runReport.ts';
import type { SyncReport } from '../../crds/syncReport.ts';
import { backupKind } from './backupKind.ts';
import { cronJob } from './cronJob.ts';
import { ownedBy } from './jobTemplate.ts';
import {
  annotations,
  type Backup,
  type CronJob,
  type Job,
  type JobCondition,
  type Pod,
  type Purpose,
  type Run,
} from './kinds.ts';
import type { ObservedBackup, Policy } from './observed.ts';
import { parseSpec } from './parseSpec.ts';
import { ownLabels } from './podTemplate.ts';
import { startingDeadline } from './scheduleState.ts';

export const now = new Date('2026-02-10T12:00:00Z');
const created = '2026-02-01T00:00:00Z';

export const policy: Policy = {
  defaults: { image: 'dbbackup:test' },
  debounceMs: 2_000,
  stuckMs: 120_000,
  missingMs: 30_000,
};

/** A backup of every night at two in UTC that mails always. */
export function backup(spec: Partial<BackupSpecInput> = {}, status?: BackupStatus): Backup {
  return {
    apiVersion,
    kind: 'DatabaseBackup',
    metadata: {
      name: 'shop',
      namespace: 'team',
      uid: 'backup-uid',
      generation: 1,
      creationTimestamp: created,
    },
    spec: {
      schedule: '0 2 * * *',
      database: { secretRef: { name: 'shop-db' } },
      destination: { googleDrive: { folderID: '1AbCdEfGhIj', credentialsSecretRef: { name: 'drive' } } },
      notification: { email: { to: ['ops@example.com'], smtp: { host: 'relay' } } },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** The CronJob as we would have applied it for a backup. */
export function appliedCronJob(of: Backup, lastScheduleTime?: string): CronJob {
  const { spec, schedule } = parseSpec(backupKind, of, now);
  if (spec === undefined) throw new Error('no valid spec');
  const applied = cronJob({
    ...{
      kind: backupKind,
      owner: of,
      spec,
      defaults: policy.defaults,
      current: undefined,
      now: new Date(created),
    },
    startingDeadlineSeconds: startingDeadline(spec, schedule),
  });
  return { ...applied, ...(lastScheduleTime === undefined ? {} : { status: { lastScheduleTime } }) };
}

export interface JobFixture {
  readonly purpose?: Purpose;
  /** Left out: made by the CronJob on its schedule. */
  readonly madeBy?: 'Schedule' | 'Manual' | 'API';
  readonly end?: 'Complete' | 'Failed';
  readonly reason?: string;
  readonly endTime?: string;
  readonly status?: Job['status'];
  readonly annotations?: Record<string, string>;
  readonly ttl?: number;
}

/** A Job of the backup `shop`; its UID is `<name>-uid`. */
export function job(name: string, options: JobFixture = {}): Job {
  const {
    purpose = 'run',
    madeBy = purpose === 'run' ? 'Schedule' : 'API',
    end,
    reason,
    endTime = '2026-02-10T11:00:00Z',
  } = options;
  const condition: JobCondition[] = end
    ? [
        {
          type: end,
          status: 'True',
          lastTransitionTime: endTime,
          ...(reason === undefined ? {} : { reason }),
        },
      ]
    : [];
  const owner =
    madeBy === 'API'
      ? ownedBy(backup())
      : { apiVersion: 'batch/v1', kind: 'CronJob', name: 'shop', uid: 'cron-uid', controller: true };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...{ name, namespace: 'team', uid: `${name}-uid`, creationTimestamp: '2026-02-10T10:00:00Z' },
      labels: ownLabels(backup(), purpose),
      annotations: {
        ...(madeBy === 'Manual' ? { 'cronjob.kubernetes.io/instantiate': 'manual' } : {}),
        ...options.annotations,
      },
      ownerReferences: [owner],
    },
    spec: {
      activeDeadlineSeconds: 10_000,
      ...(options.ttl === undefined ? {} : { ttlSecondsAfterFinished: options.ttl }),
    },
    status: {
      startTime: '2026-02-10T10:00:01Z',
      conditions: condition,
      ...(end === 'Complete' ? { succeeded: 1, completionTime: endTime } : {}),
      ...(end === 'Failed' ? { failed: 1 } : {}),
      ...options.status,
    },
  };
}

/** A pod of a Job; `report` is its termination message as JSON. */
export function pod(of: Job, options: PodFixture = {}): Pod {
  const { report, exitCode, waiting, phase, reason, conditions = [], isDeleted, terminationReason } = options;
  const isOver = exitCode !== undefined;
  const state = isOver
    ? {
        terminated: {
          exitCode,
          ...(terminationReason === undefined ? {} : { reason: terminationReason }),
          ...(report === undefined
            ? {}
            : { message: typeof report === 'string' ? report : JSON.stringify(report) }),
        },
      }
    : waiting
      ? { waiting }
      : { running: {} };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${of.metadata.name}-${options.suffix ?? 'a'}`,
      namespace: 'team',
      creationTimestamp: `2026-02-10T10:00:0${options.suffix === 'b' ? 9 : 2}Z`,
      ...(isDeleted ? { deletionTimestamp: '2026-02-10T10:30:00Z' } : {}),
    },
    spec: { nodeName: 'node-1' },
    status: {
      phase: phase ?? (isOver ? (exitCode === 0 ? 'Succeeded' : 'Failed') : waiting ? 'Pending' : 'Running'),
      ...(reason === undefined ? {} : { reason }),
      conditions,
      containerStatuses: [{ name: 'runner', state }],
    },
  };
}

export interface PodFixture {
  readonly suffix?: 'a' | 'b';
  readonly report?: object | string;
  readonly exitCode?: number;
  readonly terminationReason?: string;
  readonly waiting?: { reason: string; message?: string };
  readonly phase?: string;
  readonly reason?: string;
  readonly conditions?: JobCondition[];
  readonly isDeleted?: boolean;
}

export function report(of: Partial<RunReport> = {}): RunReport {
  return {
    ...{
      version: 1,
      result: 'Succeeded',
      startedAt: '2026-02-10T10:00:03Z',
      finishedAt: '2026-02-10T10:59:00Z',
    },
    ...{
      set: 'backup_20260210_100003',
      rows: 300_123,
      bytes: 25_000_000,
      stages: [],
      warnings: [],
      notes: [],
    },
    files: [
      {
        name: 'backup_20260210_100003.csv.zip',
        format: 'csv',
        rows: 300_123,
        bytes: 25_000_000,
        sha256: 'ab',
      },
    ],
    email: { result: 'Sent' },
    ...of,
  };
}

/** What a sync tells that went well. */
export function syncReport(of: Partial<SyncReport> = {}): SyncReport {
  return {
    ...{ version: 1, kind: 'SyncReport', result: 'Succeeded' },
    ...{ startedAt: '2026-02-10T10:00:03Z', finishedAt: '2026-02-10T10:00:09Z' },
    ...{ spreadsheet: 'Shop', link: 'https://docs.google.com/spreadsheets/d/1AbCdEfGhIj/edit', rows: 7 },
    sheets: [{ name: 'Customers', mode: 'Replace', rows: 7, columns: 3 }],
    ...{ stages: [], warnings: [], notes: [], email: { result: 'NotWanted' } },
    ...of,
  };
}

/** What a drill tells that went well. */
export function drillReport(of: Partial<DrillReport> = {}): DrillReport {
  return {
    ...{ version: 1, kind: 'DrillReport', result: 'Succeeded' },
    ...{ startedAt: '2026-02-10T10:00:03Z', finishedAt: '2026-02-10T10:59:00Z' },
    ...{ set: 'backup_20260210_100003', tables: 3, rows: 7, comparedTables: 3, recoverySeconds: 192.4 },
    ...{ stages: [], assertions: [], notes: [], warnings: [] },
    ...of,
  };
}

/** A record; `jobOf` is the Job that it was made for. */
export function run(
  name: string,
  status?: BackupRunStatus,
  options: { jobOf?: Job; isRequest?: boolean; spec?: Partial<Run['spec']>; created?: string } = {},
): Run {
  const { jobOf, isRequest } = options;
  return {
    apiVersion,
    kind: 'DatabaseBackupRun',
    metadata: {
      ...{ name, namespace: 'team', uid: `${name}-run-uid`, generation: 1 },
      creationTimestamp: options.created ?? '2026-02-10T10:00:01Z',
      ...(jobOf ? { annotations: { [annotations.jobUID]: jobOf.metadata.uid ?? '' } } : {}),
      ...(isRequest ? {} : { ownerReferences: [ownedBy(backup())] }),
    },
    spec: { backupName: 'shop', ...options.spec },
    ...(status === undefined ? {} : { status }),
  };
}

export interface ObservedFixture {
  readonly backup?: Backup;
  readonly cronJob?: CronJob | 'none';
  readonly jobs?: readonly Job[];
  readonly pods?: ReadonlyMap<Job, readonly Pod[]>;
  readonly runs?: readonly Run[];
  readonly rest?: Partial<ObservedBackup>;
}

/** What is known of a backup that was checked and whose CronJob is applied, unless said otherwise. */
export function observed(options: ObservedFixture = {}): ObservedBackup {
  const { backup: of = backup(), jobs = [], runs = [], pods } = options;
  const parsed = parseSpec(backupKind, of, now);
  const purpose = (wanted: Purpose) =>
    jobs.filter(({ metadata }) => metadata.labels?.['dbbackup.dev/purpose'] === wanted);
  return {
    ...{ kind: backupKind, owner: of },
    parsed,
    cronJob:
      options.cronJob === 'none'
        ? undefined
        : (options.cronJob ?? (parsed.spec ? appliedCronJob(of) : undefined)),
    jobs: {
      run: purpose('run'),
      check: purpose('check'),
      notify: purpose('notify'),
      drill: purpose('drill'),
    },
    podsOf: (each) => pods?.get(each) ?? [],
    runs,
    refusal: undefined,
    settledGeneration: undefined,
    checkMustWait: false,
    seenAt: now,
    ...options.rest,
  };
}
