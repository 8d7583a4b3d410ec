import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import type { RunReport } from '../crds/runReport.ts';
import { attempt } from './attempt.ts';
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
  const sentence = `The attempt took longer than spec.timeoutSeconds (${timeoutSeconds} s).`;
  const failure = await attempt({ seconds: timeoutSeconds, sentence }, services, stop, async (signal) => {
    await runBackup({ backup, owner, record }, services, signal);
  });
  record.note({ email: await sendReport({ ...job, owner, record, failure }, services, stop) });
  return redactReport(record.report(failure), services.redactor);
}
