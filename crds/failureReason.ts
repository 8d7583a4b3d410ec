/** Whether another attempt may help. Exit status of the runner: Transient 1, Permanent 2. */
export type FailureKind = 'Transient' | 'Permanent';

interface ReasonFacts {
  readonly kind: FailureKind;
  /** What the failure is, for the reference pages. */
  readonly meaning: string;
  /** What a person does about it: shown in status, report, mail and on the terminal. */
  readonly hint: string;
}

const reasons = {
  DatabaseUnreachable: {
    kind: 'Transient',
    meaning: 'No connection to the PostgreSQL server could be made, or it broke.',
    hint: 'Check host, port and sslMode of spec.database (of a restore: spec.target), that the server runs, and that network policies let the runner reach it.',
  },
  DatabaseAuthFailed: {
    kind: 'Permanent',
    meaning: 'PostgreSQL refused the user, the password or the client certificate.',
    hint: 'Check user and password in the database Secret and the pg_hba.conf of the server.',
  },
  DatabaseNotFound: {
    kind: 'Permanent',
    meaning: 'The server has no database of that name.',
    hint: 'Check dbname in the database Secret, or spec.database.name. A restore makes it where spec.create is set (--create).',
  },
  TablePermissionDenied: {
    kind: 'Permanent',
    meaning: 'The role may not read everything that the backup covers.',
    hint: 'GRANT pg_read_all_data to the role (PostgreSQL 14 and later) and, for tables with row-level security, BYPASSRLS; or exclude the table in spec.database.tables (pg_dump must be able to read it all the same: leave sql out of spec.formats then).',
  },
  NoTablesMatch: {
    kind: 'Permanent',
    meaning: 'spec.database.tables selects no table of the database.',
    hint: 'Check include and exclude of spec.database.tables, and that the Secret names the right database.',
  },
  LockTimeout: {
    kind: 'Transient',
    meaning: 'A table stayed locked by another session, a migration for example.',
    hint: 'Let the other session finish, or move the schedule away from migrations.',
  },
  TooManyConnections: {
    kind: 'Transient',
    meaning: 'PostgreSQL has no free connection slot.',
    hint: 'Raise max_connections, use a pooler, or move the schedule to a quieter time. A backup needs two connections at a time.',
  },
  RecoveryConflict: {
    kind: 'Transient',
    meaning: 'A standby cancelled the export because replay had to go on.',
    hint: 'Export from the primary, or raise max_standby_streaming_delay or set hot_standby_feedback on the standby.',
  },
  ServerMismatch: {
    kind: 'Permanent',
    meaning: 'The connections of one run reached different servers, so there is no common snapshot.',
    hint: 'Point spec.database at one server: a load-balanced read service is no source for a backup.',
  },
  DumpFailed: {
    kind: 'Transient',
    meaning: 'PostgreSQL could not give all the data: a query or pg_dump ended with an error.',
    hint: 'Run pg_dump by hand with the same role and look at the log of the server.',
  },
  PgDumpMissing: {
    kind: 'Permanent',
    meaning: 'The formats contain sql, but there is no pg_dump program.',
    hint: 'Install the PostgreSQL client programs (Debian: postgresql-client), or leave sql out of spec.formats.',
  },
  PgDumpTooOld: {
    kind: 'Permanent',
    meaning: 'pg_dump is older than the server.',
    hint: 'Use a runner image with a pg_dump at least as new as the server, or leave sql out of spec.formats.',
  },
  PsqlMissing: {
    kind: 'Permanent',
    meaning: 'The set is restored from its sql file, but there is no psql program.',
    hint: 'Install the PostgreSQL client programs (Debian: apt-get install postgresql-client), or name one in DBBACKUP_PSQL.',
  },
  PsqlTooOld: {
    kind: 'Permanent',
    meaning: 'psql does not know what newer releases of pg_dump write.',
    hint: 'Update the PostgreSQL client programs: 13.22, 14.19, 15.14, 16.10, 17.6 or 18 and later know it.',
  },
  TargetNotEmpty: {
    kind: 'Permanent',
    meaning: 'The database, or a table of it, that a set is to be restored into is not empty.',
    hint: 'Restore into a new database (spec.create, --create), or have dropped what is there: spec.clean, or --clean, which shows it and asks first.',
  },
  TargetIsSource: {
    kind: 'Permanent',
    meaning: 'A set is to be restored into the very database that it was taken from.',
    hint: 'Restore beside it, into a database of another name, and compare first. If it must be this one, set spec.allowSource (--allow-source).',
  },
  TargetTooOld: {
    kind: 'Permanent',
    meaning: 'The server that a set is to be restored into is older than the one that it was taken from.',
    hint: 'Restore into a server of at least that version; or make the tables there by hand and restore rows alone with spec.tables (--tables).',
  },
  RoleMissing: {
    kind: 'Permanent',
    meaning: 'The set refers to roles that the server does not have.',
    hint: 'Create them (createuser --no-login NAME), or set spec.createRoles (--create-roles), which makes them without a login.',
  },
  RestoreFailed: {
    kind: 'Permanent',
    meaning: 'PostgreSQL refused a part of the set. Nothing was changed: all of it is one transaction.',
    hint: 'Look at the log of the server: it has the statement and the words that are not shown here, since they may quote rows.',
  },
  RowsDiffer: {
    kind: 'Permanent',
    meaning:
      'After a restore a table had other rows than the manifest of the set tells, so nothing was kept.',
    hint: 'Check the set with `dbbackup verify --deep`, look for triggers and rules on the tables of the target, and try another set.',
  },
  ContentDiffers: {
    kind: 'Permanent',
    meaning:
      'A restored table has as many rows as the manifest of the set tells, but other values than the backup read.',
    hint: 'Try another set, and look for triggers, rules and functions that change what is restored. If two sets differ in the same table, report it as a bug.',
  },
  AssertionFailed: {
    kind: 'Permanent',
    meaning: 'An assertion of spec.drill does not hold in the restored database.',
    hint: 'Run its query in the database and in a restored set (`dbbackup restore --create`): the values are told nowhere.',
  },
  NoGoodSet: {
    kind: 'Permanent',
    meaning: 'There is no complete and intact set of this backup to restore.',
    hint: 'Look at the folder with `dbbackup list`, and make a backup.',
  },
  CredentialsInvalid: {
    kind: 'Permanent',
    meaning: 'The Google credentials are not an OAuth refresh token in JSON.',
    hint: 'Make them with `dbbackup auth login`, or convert token.json or token.pickle with `dbbackup auth import`; for a sync with --scope spreadsheets.',
  },
  TokenExpired: {
    kind: 'Permanent',
    meaning: 'Google rejected the refresh token.',
    hint: 'Run `dbbackup auth login` again (for a sync with --scope spreadsheets) and apply the new Secret. If the token died after about 7 days, the OAuth app is in "Testing": press PUBLISH APP first.',
  },
  ClientInvalid: {
    kind: 'Permanent',
    meaning: 'Google does not know the OAuth client ID, or the client secret is wrong.',
    hint: 'Compare client_id and client_secret with the OAuth client in the Google Cloud console.',
  },
  ScopeMissing: {
    kind: 'Permanent',
    meaning: 'The token lacks a scope that is needed.',
    hint: 'Run `dbbackup auth login` again and leave the box ticked: for backups and restores scope drive.file or drive, for a sync --scope spreadsheets.',
  },
  DriveApiDisabled: {
    kind: 'Permanent',
    meaning: 'The Google Drive API is off in the Google Cloud project of the OAuth client.',
    hint: 'Enable the Google Drive API in that project and wait a few minutes.',
  },
  FolderNotFound: {
    kind: 'Permanent',
    meaning: 'The destination folder does not exist for this account, or is in the bin.',
    hint: 'Check the folder ID and the account. A folder made by hand is invisible to a token of scope drive.file: use the folder that `dbbackup auth login` makes, or log in with --scope drive.',
  },
  NotAFolder: {
    kind: 'Permanent',
    meaning: 'The destination is a file, not a folder.',
    hint: 'Take the ID from the address of the opened folder: the part after /folders/.',
  },
  QuotaExceeded: {
    kind: 'Permanent',
    meaning: 'The destination has less room than the last backup needed, or ran full.',
    hint: 'Empty the bin of the Drive, remove what is not needed or buy storage. Nothing old was deleted.',
  },
  DestinationFull: {
    kind: 'Permanent',
    meaning: 'The file system of the destination or of the staging folder is full.',
    hint: 'Make room, or raise the size of the volume. Nothing old was deleted.',
  },
  RateLimited: {
    kind: 'Transient',
    meaning: 'Google kept refusing requests as too many, longer than the retries last.',
    hint: 'Spread the schedules of backups that share an account or an OAuth client.',
  },
  UploadFailed: {
    kind: 'Transient',
    meaning: 'The destination could not be reached, or broke off, longer than the retries last.',
    hint: 'Check the network and HTTPS_PROXY; with long uploads set spec.staging, which can start an upload again.',
  },
  ChecksumMismatch: {
    kind: 'Transient',
    meaning: 'The destination holds, or gave, other bytes than were sent.',
    hint: 'A file that was being written was removed; for a restore take another set, `dbbackup verify` tells which are good. If it happens again, look for a proxy that changes traffic or for a failing disk.',
  },
  Shrunk: {
    kind: 'Permanent',
    meaning: 'The backup is much smaller than the ones before, so nothing was pruned.',
    hint: 'Check whether data was lost in the database. If the change is wanted, lower spec.retention.shrinkGuard for one run.',
  },
  DeadlineExceeded: {
    kind: 'Transient',
    meaning: 'The attempt took longer than spec.timeoutSeconds.',
    hint: 'Raise spec.timeoutSeconds, or find out what became slow: the report shows the times of the stages. A login that nobody answered: start it again.',
  },
  OutOfMemory: {
    kind: 'Transient',
    meaning: 'The runner was killed for its use of memory.',
    hint: 'Raise spec.runner.resources.limits.memory.',
  },
  Evicted: {
    kind: 'Transient',
    meaning: 'The node evicted the runner pod.',
    hint: 'Look at the pressure on the node, or set spec.runner.priorityClassName.',
  },
  NodeLost: {
    kind: 'Transient',
    meaning: 'The node of the runner pod went away.',
    hint: 'Nothing to do if the next run succeeds; else look at the nodes.',
  },
  PodDeleted: {
    kind: 'Transient',
    meaning: 'The runner pod was deleted while it ran.',
    hint: 'Start it again, and find out who deletes pods in the namespace.',
  },
  JobDeleted: {
    kind: 'Permanent',
    meaning: 'The Job was deleted while it ran.',
    hint: 'Start it again, and find out who deletes Jobs in the namespace.',
  },
  ImagePullFailed: {
    kind: 'Transient',
    meaning: 'The node cannot pull the runner image.',
    hint: 'Check spec.runner.image and spec.runner.imagePullSecrets.',
  },
  IdentityMissing: {
    kind: 'Permanent',
    meaning: 'The set is encrypted, and no identity to open it was given.',
    hint: 'Name the file of the identity with --identity key.txt, or its Secret in spec.identitySecretRef; it belongs to one of the recipients in the manifest.',
  },
  IdentityMismatch: {
    kind: 'Permanent',
    meaning: 'The identity belongs to none of the recipients that the set is encrypted for.',
    hint: 'Compare `age-keygen -y key.txt` with encryption.recipients in the manifest of the set, and take the identity of one of them.',
  },
  InvalidQuery: {
    kind: 'Permanent',
    meaning: 'A query of spec.sheets is refused by PostgreSQL, changes something or returns no columns.',
    hint: 'Run it in psql with the same role, after BEGIN READ ONLY: it has to be one SELECT.',
  },
  KeyInvalid: {
    kind: 'Permanent',
    meaning: 'The keyColumn of a sheet does not tell its rows apart.',
    hint: 'Name a column in keyColumn that is unique and never NULL, such as the primary key.',
  },
  HeaderDiffers: {
    kind: 'Permanent',
    meaning: 'The first row of a tab names other columns than the rows that are to be appended have.',
    hint: 'Put the columns back in their order, name them in columns of the sheet, or empty the tab, which is then filled anew.',
  },
  SpreadsheetNotFound: {
    kind: 'Permanent',
    meaning: 'The spreadsheet does not exist for this account, or the account may not edit it.',
    hint: 'Check spreadsheetID and the account. A spreadsheet made by hand is invisible to a token of scope drive.file: log in with --scope spreadsheets.',
  },
  NotASpreadsheet: {
    kind: 'Permanent',
    meaning: 'The file is no spreadsheet of Google Sheets: an Excel file, for example.',
    hint: 'Open it in Google Sheets, choose "Save as Google Sheets", and take the ID of the new file.',
  },
  SheetNotFound: {
    kind: 'Permanent',
    meaning: 'The spreadsheet has no tab of the wanted title, and the spec says create: false.',
    hint: 'Correct the name, make the tab by hand, or leave out create.',
  },
  SheetChanged: {
    kind: 'Transient',
    meaning:
      'While the run wrote, somebody deleted or renamed the tab or took rows out of it, or another run took it over.',
    hint: 'Nothing to do if the next run succeeds; let the runs of one tab not overlap.',
  },
  SheetProtected: {
    kind: 'Permanent',
    meaning: 'The tab, or a range in it, is protected against this account.',
    hint: 'Take the protection away, or let the account of the token edit the range: Data, Protect sheets and ranges.',
  },
  SpreadsheetFull: {
    kind: 'Permanent',
    meaning: 'The rows do not fit: 10,000,000 cells a spreadsheet, 18,278 columns a tab.',
    hint: 'Choose columns, set maxRows, narrow the query, or remove tabs that nobody needs.',
  },
  SheetsApiDisabled: {
    kind: 'Permanent',
    meaning: 'The Google Sheets API is off in the Google Cloud project of the OAuth client.',
    hint: 'Enable the Google Sheets API in that project and wait a few minutes.',
  },
  SecretNotFound: {
    kind: 'Permanent',
    meaning: 'A Secret or a key in it that the spec refers to does not exist.',
    hint: 'Create it in the namespace of the object that names it, or correct the reference.',
  },
  NameTaken: {
    kind: 'Permanent',
    meaning: 'An object of the needed name exists and belongs to somebody else.',
    hint: 'Choose another name or remove the other object.',
  },
  InvalidSpec: {
    kind: 'Permanent',
    meaning: 'The spec cannot work as it is written.',
    hint: 'Correct the named field and apply again; a run or a restore under a new name.',
  },
  BackupNotFound: {
    kind: 'Permanent',
    meaning: 'The run or the restore names a DatabaseBackup that does not exist.',
    hint: 'Create a new one in the namespace of the backup, with the right spec.backupName. A restore may name the folder in spec.source instead.',
  },
  SyncNotFound: {
    kind: 'Permanent',
    meaning: 'The run names a SheetSync that does not exist.',
    hint: 'Create a new one in the namespace of the sync, with the right spec.syncName.',
  },
  ReportMissing: {
    kind: 'Transient',
    meaning: 'The runner ended without a report, so nothing is known of what it wrote.',
    hint: 'Look at the log of the runner pod if it is still there, and at the folder with `dbbackup list`, at the target of a restore or at the spreadsheet; start it again.',
  },
  PodUnschedulable: {
    kind: 'Transient',
    meaning: 'No node takes the runner pod.',
    hint: 'Compare spec.runner.resources, nodeSelector, tolerations and claims with the nodes: `kubectl describe pod` says what does not fit.',
  },
  PodRefused: {
    kind: 'Transient',
    meaning: 'The Job could not make its pod: a quota, a policy or a missing ServiceAccount.',
    hint: 'Look at the events of the Job: `kubectl describe job` names what refused the pod.',
  },
  MailFailed: {
    kind: 'Transient',
    meaning: 'The mail relay did not take the mail.',
    hint: 'Check spec.notification.email.smtp and the log of the relay. The run itself does not depend on it.',
  },
  NoRecentSuccess: {
    kind: 'Transient',
    meaning: 'Two scheduled times in a row passed without a successful run.',
    hint: 'Look at the last runs with `kubectl get databasebackupruns` or `sheetsyncruns`, and at the conditions.',
  },
  DrillOverdue: {
    kind: 'Transient',
    meaning: 'No drill succeeded for two scheduled times in a row, or for spec.drill.maxAgeDays.',
    hint: 'Look at status.lastDrill and the drill Jobs of the backup; `kubectl annotate dbb NAME --overwrite dbbackup.dev/drill-now="$(date)"` asks for one now.',
  },
  ScheduleMissed: {
    kind: 'Transient',
    meaning: 'A scheduled time passed without a run.',
    hint: 'Look at the CronJob, its events and the quota of the namespace.',
  },
  Interrupted: {
    kind: 'Transient',
    meaning: 'The runner was told to stop before its work was complete.',
    hint: 'Nothing to do if the next run succeeds.',
  },
  Internal: {
    kind: 'Transient',
    meaning: 'An error that the program does not understand: a bug.',
    hint: 'Report it with the log of the runner.',
  },
} as const satisfies Record<string, ReasonFacts>;

/** The one word for a failure: the same in code, status, log, metric and mail. */
export type FailureReason = keyof typeof reasons;

// What is no failure has a name too: reasons of conditions and events beside those above.
const states = {
  CheckPending: 'The first check of this spec has not ended yet.',
  CheckPassed: 'The last check found everything that a run needs.',
  NoRunYet: 'No run has ended yet.',
  RunWaiting: 'The run waits until another run of the same backup or sync has ended.',
  RunStarted: 'A run has a Job.',
  RunSucceeded: 'The run ended with a complete and verified set, or with every tab up to the database.',
  RestorePending: 'The restore has not ended yet.',
  RestoreStarted: 'A restore has its Job.',
  RestoreSucceeded: 'The restore ended, and every table has the rows of the set.',
  SuccessIsRecent: 'The last success is as recent as the schedule promises.',
  NotScheduled: 'There is no schedule, or it is suspended.',
  OnTime: 'Every scheduled time had its run.',
  NoDrillYet: 'No drill has ended yet.',
  DrillSucceeded: 'The last drill restored a set and found in it what the backup had read.',
  CronJobRestored: 'The CronJob had been changed by somebody else and was put back.',
  MailPending: 'A notify Job is on its way to tell of the failure.',
  MailSent: 'The report was mailed.',
  MailNotWanted: 'spec.notification asks for no mail about this run.',
} as const satisfies Record<string, string>;

/** Reason of a condition or an event: a failure, or one of the states that are none. */
export type StatusReason = FailureReason | keyof typeof states;

/** The states that are no failure, with their meaning, in the order of the reference. */
export const stateMeanings: readonly (readonly [StatusReason, string])[] = Object.entries(states) as [
  StatusReason,
  string,
][];

/** All reasons, in the order of the reference. */
export const failureReasons = Object.keys(reasons) as [FailureReason, ...FailureReason[]];

/** What is known of a reason: kind, meaning and hint. */
export function reasonFacts(reason: FailureReason): ReasonFacts {
  return reasons[reason];
}

/** A failure that we understand well enough to name. Whatever else is thrown is a bug. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly reason: FailureReason;
  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
