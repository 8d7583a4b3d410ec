import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import type { RunReport } from '../crds/runReport.ts';
import { attempt } from './attempt.ts';
import { ownerOf } from './ownerOf.ts';
import { redactReport } from './redactor.ts';
import { runBackup } from './run.ts';
import { RunRecord } from './runRecord.ts';
import { sendReport, type Telling } from './sendReport.ts';
import type { Services } from './services.ts';

export interface BackupJob extends Telling {
  readonly backup: DatabaseBackup;
}

/**
 * One attempt, whatever happens: runs the backup under spec.timeoutSeconds, mails the result and gives the
 * report. Never throws. Secrets are taken out of the report once more.
 */
export async function backupJob(job: BackupJob, services: Services, stop: AbortSignal): Promise<RunReport> {
  const { backup, ...telling } = job;
  const record = new RunRecord(services);
  const owner = ownerOf(backup);
  const { timeoutSeconds } = backup.spec;
  const sentence = `The attempt took longer than spec.timeoutSeconds (${timeoutSeconds} s).`;
  const failure = await attempt({ seconds: timeoutSeconds, sentence }, services, stop, async (signal) => {
    await runBackup({ backup, owner, record }, services, signal);
  });
  const report = () => redactReport(record.report(failure), services.redactor);
  const told = () => ({
    report: report(),
    tables: record.manifest?.tables.map(({ title, rows }) => ({ name: title, rows })),
    restore: record.manifest?.restore,
    lastSuccess: record.lastSuccess?.toISOString(),
  });
  const email = await sendReport({ ...telling, resource: backup, failure, told }, services, stop);
  record.note({ email });
  return report();
}
