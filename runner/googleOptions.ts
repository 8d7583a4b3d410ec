import type { GoogleOptions } from './destinations/googleConnection.ts';
import { secretValue } from './secrets.ts';
import type { Services } from './services.ts';

/** How to reach Google as the account of a token. Throws SecretNotFound or CredentialsInvalid; the token is redacted from here on. */
export async function googleOptions(
  { name, key }: { readonly name: string; readonly key: string },
  { secrets, redactor, config, logger, clock }: Services,
): Promise<GoogleOptions> {
  const bytes = await secretValue(secrets, name, key);
  const { parseGoogleCredentials } = await import('./destinations/googleCredentials.ts');
  const credentials = parseGoogleCredentials(bytes, `key ${key} of Secret ${name}`);
  redactor.add(credentials.clientSecret);
  redactor.add(credentials.refreshToken);
  return { credentials, rootURL: config.googleURL, proxy: config.proxy, logger, clock };
}
