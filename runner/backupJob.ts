import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { BackupError, reasonFacts } from '../crds/failureReason.ts';
import type { RunReport } from '../crds/runReport.ts';
import { deadlineSignal } from './deadlineSignal.ts';
import { type Failure, failureOf } from './failure.ts';
import { ownerOf } from './ownerOf.ts';
import { redactReport } from './redactor.ts';
import { runBackup } from './run.ts';
import { RunRecord } from './runRecord.ts';
import { sendReport } from './sendReport.ts';
import type { Services } from './services.ts';

export interface BackupJob {
  readonly backup: DatabaseBackup;
  /** Whether a cluster keeps the schedule of the spec, so that the mail may name the next run. */
  readonly scheduled?: true;
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
  const { timeoutSeconds } = backup.spec;
  using deadline = deadlineSignal(
    timeoutSeconds,
    `The attempt took longer than spec.timeoutSeconds (${timeoutSeconds} s).`,
  );
  const signal = AbortSignal.any([stop, deadline.signal]);
  let failure: Failure | undefined;
  try {
    await runBackup({ backup, owner, record }, services, signal);
  } catch (error) {
    // What breaks after a stop breaks because of it.
    const isStopped = signal.aborted && signal.reason instanceof BackupError;
    failure = failureOf(isStopped ? signal.reason : error, services);
  }
  record.note({ email: await sendReport({ ...job, owner, record, failure }, services, stop) });
  return redactReport(record.report(failure), services.redactor);
}

/** Exit status of the program: 0, 1 for a failure worth another attempt, 2 for a permanent one. */
export function exitStatus(report: Pick<RunReport, 'result' | 'reason'>): 0 | 1 | 2 {
  if (report.result === 'Succeeded') return 0;
  return reasonFacts(report.reason ?? 'Internal').kind === 'Transient' ? 1 : 2;
}
