import type { FailureReason, StatusReason } from './failureReason.ts';

/** Where a reason can be read, with what it is there. */
export const places = {
  run: 'status.reason of a DatabaseBackupRun, condition LastRunSucceeded of its backup, an event and the mail; on the command line the failure itself',
  check:
    'condition Ready, status.lastCheck.reason and an event: a check found it, or did not come to an end; on the command line a probe of `dbbackup check`',
  Ready: 'condition Ready and an event, without a check',
  LastRunSucceeded: 'condition LastRunSucceeded',
  Stale: 'condition Stale, an event and a mail of its own',
  ScheduleMissed: 'condition ScheduleMissed, an event and a mail of its own',
  Notified: 'condition Notified of a DatabaseBackupRun',
  retention: 'status.retention.skippedReason of a run that succeeded: nothing was removed',
  event: 'an event of the DatabaseBackup',
} as const;
export type Place = keyof typeof places;

const always: readonly Place[] = ['run', 'check'];

/** Where each reason can be read. A reason without its places does not compile. */
export const reasonPlaces: Record<StatusReason, readonly Place[]> = {
  DatabaseUnreachable: always,
  DatabaseAuthFailed: always,
  DatabaseNotFound: always,
  TablePermissionDenied: always,
  NoTablesMatch: always,
  LockTimeout: always,
  TooManyConnections: always,
  RecoveryConflict: always,
  ServerMismatch: always,
  DumpFailed: always,
  PgDumpMissing: always,
  PgDumpTooOld: always,
  CredentialsInvalid: always,
  TokenExpired: ['run', 'check', 'retention'],
  ClientInvalid: always,
  ScopeMissing: always,
  DriveApiDisabled: always,
  FolderNotFound: always,
  NotAFolder: always,
  QuotaExceeded: always,
  DestinationFull: always,
  RateLimited: ['run', 'check', 'retention'],
  UploadFailed: ['run', 'check', 'retention'],
  ChecksumMismatch: always,
  Shrunk: ['retention'],
  DeadlineExceeded: always,
  OutOfMemory: always,
  Evicted: always,
  NodeLost: always,
  PodDeleted: always,
  JobDeleted: ['run'],
  ImagePullFailed: always,
  SecretNotFound: always,
  NameTaken: ['run', 'Ready'],
  InvalidSpec: ['run', 'check', 'Ready'],
  BackupNotFound: ['run'],
  ReportMissing: always,
  PodUnschedulable: always,
  PodRefused: ['run', 'check', 'Ready'],
  MailFailed: ['check', 'Notified', 'event'],
  NoRecentSuccess: ['Stale'],
  ScheduleMissed: ['ScheduleMissed'],
  Interrupted: always,
  Internal: always,
  CheckPending: ['Ready'],
  CheckPassed: ['Ready', 'event'],
  NoRunYet: ['LastRunSucceeded'],
  RunWaiting: ['event'],
  RunStarted: ['event'],
  RunSucceeded: ['LastRunSucceeded', 'event'],
  SuccessIsRecent: ['Stale'],
  NotScheduled: ['Stale', 'ScheduleMissed'],
  OnTime: ['ScheduleMissed'],
  CronJobRestored: ['event'],
  MailPending: ['Notified'],
  MailSent: ['Notified'],
  MailNotWanted: ['Notified'],
};

/** Reasons that the operator finds from outside: no program ends with them. */
export const foundByOperator: ReadonlySet<FailureReason> = new Set<FailureReason>([
  ...(['OutOfMemory', 'Evicted', 'NodeLost', 'PodDeleted', 'JobDeleted', 'ImagePullFailed'] as const),
  ...(['BackupNotFound', 'ReportMissing', 'PodUnschedulable', 'PodRefused'] as const),
  ...(['NoRecentSuccess', 'ScheduleMissed'] as const),
]);
