import type { SMTPSpec } from '../../crds/notificationSpec.ts';
import { secretValue } from '../secrets.ts';
import type { Services } from '../services.ts';
import type { SmtpSecrets } from './smtpServer.ts';

/** What the relay's Secrets hold. Throws SecretNotFound. */
export async function smtpSecrets(
  smtp: SMTPSpec,
  { secrets, redactor }: Pick<Services, 'secrets' | 'redactor'>,
): Promise<SmtpSecrets> {
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
