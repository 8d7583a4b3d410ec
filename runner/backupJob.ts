import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { BackupError, type FailureReason, reasonFacts } from '../crds/failureReason.ts';
import type { RunReport } from '../crds/runReport.ts';
import { redactReport } from './redactor.ts';
import { runBackup } from './run.ts';
import { RunRecord } from './runRecord.ts';
import { sendReport } from './sendReport.ts';
import type { Services } from './services.ts';

export interface BackupJob {
  readonly backup: DatabaseBackup;
  /** RFC 3339 time of the next scheduled run, for the mail. */
  readonly nextRun?: string | undefined;
  /** In a cluster another attempt may follow a transient failure, and the operator mails when none does. */
  readonly mailTransientFailures: boolean;
}

/**
 * One attempt, whatever happens: runs the backup under spec.timeoutSeconds, mails the result and gives the
 * report. Never throws. Secrets are taken out of the report once more.
 */
export async function backupJob(job: BackupJob, services: Services, stop: AbortSignal): Promise<RunReport> {
  const { backup } = job;
  const record = new RunRecord(services);
  const owner = ownerOf(backup);
  using deadline = deadlineSignal(backup.spec.timeoutSeconds);
  const signal = AbortSignal.any([stop, deadline.signal]);
  let failure: { reason: FailureReason; message: string } | undefined;
  try {
    await runBackup({ backup, owner, record }, services, signal);
  } catch (error) {
    failure = named(error, signal, services);
  }
  record.note({ email: await sendReport({ ...job, owner, record, failure }, services, stop) });
  return redactReport(record.report(failure), services.redactor);
}

/** Exit status of the program: 0, 1 for a failure worth another attempt, 2 for a permanent one. */
export function exitStatus(report: Pick<RunReport, 'result' | 'reason'>): 0 | 1 | 2 {
  if (report.result === 'Succeeded') return 0;
  return reasonFacts(report.reason ?? 'Internal').kind === 'Transient' ? 1 : 2;
}

/** Whose files a backup's are: the UID in a cluster, else a hash of namespace and name. */
export function ownerOf({ metadata }: Pick<DatabaseBackup, 'metadata'>): string {
  if (metadata.uid !== undefined) return metadata.uid;
  return createHash('sha256').update(`${metadata.namespace}/${metadata.name}`).digest('hex').slice(0, 32);
}

/** The failure with its name. What is no BackupError is a bug: its words may quote anything, so only the log has its stack. */
function named(
  error: unknown,
  signal: AbortSignal,
  { logger }: Services,
): { reason: FailureReason; message: string } {
  // What breaks after a stop breaks because of it.
  const cause = signal.aborted && signal.reason instanceof BackupError ? signal.reason : error;
  if (cause instanceof BackupError) return { reason: cause.reason, message: cause.message };
  const stack =
    cause instanceof Error ? (cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []) : [];
  const name = cause instanceof Error ? cause.constructor.name : typeof cause;
  logger.error({ error: name, stack }, 'unexpected error');
  return { reason: 'Internal', message: `An unexpected ${name} on ${hostname()}; the log has its stack.` };
}

function deadlineSignal(seconds: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new BackupError('DeadlineExceeded', `The attempt took longer than spec.timeoutSeconds (${seconds} s).`),
    );
  }, seconds * 1000);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
