import { hostname } from 'node:os';
import { BackupError, reasonFacts } from '../crds/failureReason.ts';
import type { EmailSpec } from '../crds/notificationSpec.ts';
import type { ReportInput } from './notifiers/reportInput.ts';
import { smtpSecrets } from './notifiers/smtpSecrets.ts';
import type { Services } from './services.ts';

/** How mailing ended; `permanent` is whether another try is of no use. */
export type Mailed =
  | { readonly result: 'Sent' }
  | { readonly result: 'PartlyRejected'; readonly message: string }
  | { readonly result: 'Failed'; readonly message: string; readonly permanent: boolean };

// A stopped runner has 20 seconds in all for cleaning up and telling.
const stoppedTime = 6_000;

/**
 * Mails a report as spec.notification.email says, whatever its `when`. Never throws. Where `stop` has aborted already it
 * takes six seconds at most; where it aborts meanwhile it ends at once.
 */
export async function mailReport(
  email: EmailSpec,
  input: () => Promise<ReportInput>,
  services: Services,
  stop: AbortSignal,
): Promise<Mailed> {
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
    const signal = stop.aborted ? AbortSignal.timeout(stoppedTime) : stop;
    const delivery = await notifier.notify(reportMail(await input()), signal);
    if (!delivery.sent) return { result: 'Failed', message: delivery.message, permanent: delivery.permanent };
    if (delivery.rejected.length === 0) return { result: 'Sent' };
    return { result: 'PartlyRejected', message: `The relay refused ${delivery.rejected.join(', ')}.` };
  } catch (error) {
    const named = error instanceof BackupError;
    const sentence = named ? error.message : 'an unexpected error.';
    const permanent = named && reasonFacts(error.reason).kind === 'Permanent';
    return { result: 'Failed', message: `The mail could not be made: ${sentence}`, permanent };
  }
}
