import type { EmailSpec } from '../../crds/notificationSpec.ts';
import { smtpSecrets } from '../../runner/sendReport.ts';
import type { Services } from '../../runner/services.ts';
import { type Check, failed } from './check.ts';

const name = 'email';

/** Greets the mail server as a report would, and sends nothing. */
export async function emailChecks(
  email: EmailSpec,
  services: Services,
  signal: AbortSignal,
): Promise<Check[]> {
  if (email.when === 'Never') return [{ name, ok: true, message: 'The spec wants no mail (when: Never).' }];
  try {
    const { checkSMTP } = await import('../../runner/notifiers/checkSmtp.ts');
    const { ok, message } = await checkSMTP(email.smtp, await smtpSecrets(email.smtp, services), signal);
    if (ok) return [{ name, ok, message }];
    const hint =
      'Backups succeed without it, but nobody gets their report: check spec.notification.email.smtp.';
    return [{ name, ok, message, hint }];
  } catch (error) {
    signal.throwIfAborted();
    return [failed(name, error, services.logger)];
  }
}
