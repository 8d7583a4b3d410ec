import { hostname } from 'node:os';
import { BackupError, type FailureReason, reasonFacts } from '../crds/failureReason.ts';
import type { SMTPSpec } from '../crds/notificationSpec.ts';
import type { RunReport } from '../crds/runReport.ts';
import type { BackupJob } from './backupJob.ts';
import { redactReport } from './redactor.ts';
import type { RunRecord } from './runRecord.ts';
import { secretValue } from './secrets.ts';
import type { Services } from './services.ts';

interface Sending extends BackupJob {
  readonly owner: string;
  readonly record: RunRecord;
  readonly failure: { readonly reason: FailureReason; readonly message: string } | undefined;
}

// A stopped runner has 20 seconds in all for cleaning up and telling.
const stoppedTime = 6_000;

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
  try {
    const { emailNotifier } = await import('./notifiers/email.ts');
    const { reportMail } = await import('./notifiers/reportMail.ts');
    const notifier = emailNotifier(email, {
      secrets: await smtpSecrets(email.smtp, services),
      hostname: hostname(),
      log: services.logger,
      sleep: services.clock.sleep,
      ...(stop.aborted ? { limit: stoppedTime } : {}),
    });
    const mail = reportMail(reportInput(sending, services));
    const delivery = await notifier.notify(mail, stop.aborted ? AbortSignal.timeout(stoppedTime) : stop);
    if (!delivery.sent) return { result: 'Failed', message: delivery.message };
    if (delivery.rejected.length === 0) return { result: 'Sent' };
    return { result: 'PartlyRejected', message: `The relay refused ${delivery.rejected.join(', ')}.` };
  } catch (error) {
    const sentence = error instanceof BackupError ? error.message : 'an unexpected error.';
    return { result: 'Failed', message: `The mail could not be made: ${sentence}` };
  }
}

function reportInput({ backup, owner, record, failure, nextRun }: Sending, { redactor }: Services) {
  const report = redactReport(record.report(failure), redactor);
  return {
    backup: backup.metadata,
    owner,
    report,
    timeZone: backup.spec.timeZone,
    tables: record.manifest?.tables.map(({ title, rows }) => ({ name: title, rows })),
    restore: record.manifest?.restore,
    lastSuccess: record.lastSuccess?.toISOString(),
    nextRun,
  };
}

/** What the relay's Secrets hold. Throws SecretNotFound. */
export async function smtpSecrets(
  smtp: SMTPSpec,
  { secrets, redactor }: Pick<Services, 'secrets' | 'redactor'>,
) {
  const ca = smtp.caSecretRef && (await secretValue(secrets, smtp.caSecretRef.name, smtp.caSecretRef.key));
  const credentials = smtp.credentialsSecretRef && {
    user: String(await secretValue(secrets, smtp.credentialsSecretRef.name, 'username')).trim(),
    password: String(await secretValue(secrets, smtp.credentialsSecretRef.name, 'password')).replace(
      /\r?\n$/,
      '',
    ),
  };
  redactor.add(credentials?.password);
  return { ...(ca ? { ca: String(ca) } : {}), ...(credentials ? { credentials } : {}) };
}
