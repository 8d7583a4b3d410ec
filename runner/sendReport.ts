import { reasonFacts } from '../crds/failureReason.ts';
import type { RunReport } from '../crds/runReport.ts';
import type { BackupJob } from './backupJob.ts';
import type { Failure } from './failure.ts';
import { mailReport } from './mailReport.ts';
import type { ReportInput } from './notifiers/reportContent.ts';
import { redactReport } from './redactor.ts';
import type { RunRecord } from './runRecord.ts';
import type { Services } from './services.ts';

interface Sending extends BackupJob {
  readonly owner: string;
  readonly record: RunRecord;
  readonly failure: Failure | undefined;
}

/** Mails the report where the spec wants one. Never throws: a mail that cannot be sent is said in the report. */
export async function sendReport(
  sending: Sending,
  services: Services,
  stop: AbortSignal,
): Promise<NonNullable<RunReport['email']>> {
  const { backup, failure } = sending;
  const email = backup.spec.notification?.email;
  const wanted =
    email !== undefined && (email.when === 'Always' || (email.when === 'OnFailure' && failure !== undefined));
  const another =
    failure !== undefined &&
    reasonFacts(failure.reason).kind === 'Transient' &&
    !sending.mailTransientFailures;
  if (!wanted || another) return { result: 'NotWanted' };
  const mailed = await mailReport(email, () => reportInput(sending, services), services, stop);
  return 'message' in mailed ? { result: mailed.result, message: mailed.message } : mailed;
}

async function reportInput(
  { backup, owner, record, failure, scheduled }: Sending,
  { redactor, clock }: Services,
): Promise<ReportInput> {
  const { nextRun } = await import('./nextRun.ts');
  return {
    backup: backup.metadata,
    owner,
    report: redactReport(record.report(failure), redactor),
    timeZone: backup.spec.timeZone,
    tables: record.manifest?.tables.map(({ title, rows }) => ({ name: title, rows })),
    restore: record.manifest?.restore,
    lastSuccess: record.lastSuccess?.toISOString(),
    nextRun: scheduled ? nextRun(backup.spec, clock.now()) : undefined,
  };
}
