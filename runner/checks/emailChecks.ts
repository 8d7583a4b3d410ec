import { BackupError } from '../../crds/failureReason.ts';
import type { EmailSpec } from '../../crds/notificationSpec.ts';
import { smtpSecrets } from '../notifiers/smtpSecrets.ts';
import type { Services } from '../services.ts';
import { type Check, probe } from './check.ts';

const name = 'email';

/**
 * Greets the mail server as a report would, and sends nothing. A relay that fails is a failure of the whole check: of a
 * run that fails at night nobody would hear.
 */
export async function emailChecks(
  email: EmailSpec | undefined,
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (email === undefined) {
    const message = 'The spec names no notification: nobody is told of a failure.';
    return [{ name, ok: true, warning: true, message }];
  }
  if (email.when === 'Never') return [{ name, ok: true, message: 'The spec wants no mail (when: Never).' }];
  const { checks } = await probe({ name, silence: 'MailFailed' }, services, signal, async () => {
    const { checkSMTP } = await import('../notifiers/checkSmtp.ts');
    const { ok, message } = await checkSMTP(email.smtp, await smtpSecrets(email.smtp, services), signal);
    if (!ok) throw new BackupError('MailFailed', message);
    return { message, value: true };
  });
  return checks;
}
