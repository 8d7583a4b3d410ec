import { BackupError } from '../../crds/failureReason.ts';
import type { OAuthClient } from './oauthClient.ts';
import { type OAuthAnswer, textField } from './oauthRequest.ts';
import { type GoogleScope, requireScope } from './scope.ts';
import type { StoredCredentials } from './secretManifest.ts';

/** What the person granted: what is stored, and a token for the next hour. */
export interface Grant {
  readonly credentials: StoredCredentials;
  readonly accessToken: string;
}

/**
 * Checks the token endpoint's answer to a login: the scope, the refresh token. Throws ScopeMissing,
 * CredentialsInvalid, ClientInvalid.
 */
export function acceptGrant(answer: OAuthAnswer, client: OAuthClient, scope: GoogleScope, now: Date): Grant {
  if (answer.status !== 200) throw refusedLogin(answer);
  const accessToken = textField(answer, 'access_token');
  // A list that is left out means that all was granted (RFC 6749, 5.1).
  if (answer.fields.scope !== undefined) requireScope(String(answer.fields.scope), scope);
  const { refresh_token: refreshToken, refresh_token_expires_in: seconds } = answer.fields;
  if (typeof refreshToken !== 'string' || refreshToken === '') {
    throw new BackupError(
      'CredentialsInvalid',
      "Google sent no refresh token: remove the app under the account's third-party access (https://myaccount.google.com/connections) and log in again.",
    );
  }
  const credentials: StoredCredentials = {
    type: 'authorized_user',
    client_id: client.id,
    client_secret: client.secret,
    refresh_token: refreshToken,
  };
  if (typeof seconds !== 'number' || seconds <= 0) return { accessToken, credentials };
  const end = new Date(now.getTime() + seconds * 1000).toISOString();
  return { accessToken, credentials: { ...credentials, refresh_token_expires_at: end } };
}

/** The sentence for a person who pressed Cancel. */
export function consentDenied(): BackupError {
  return new BackupError(
    'ScopeMissing',
    'The consent was denied, so nothing was granted: run the login again and press Allow. If Google does not offer that, the OAuth app is in "Testing" and the account is no test user: press PUBLISH APP.',
  );
}

/** The error for a refusal by the token or the device endpoint during a login. */
export function refusedLogin(answer: OAuthAnswer): BackupError {
  const code = answer.fields.error;
  const description = String(answer.fields.error_description ?? '');
  if (code === 'invalid_grant') {
    return new BackupError(
      'CredentialsInvalid',
      'Google rejected the code of this login, which is good once and for some minutes: run the login again.',
    );
  }
  if (code === 'redirect_uri_mismatch') {
    return new BackupError(
      'ClientInvalid',
      'The OAuth client may not answer to a program: make one of the type Desktop app.',
    );
  }
  // Google's words for a client of another type, in the device flow.
  if (code === 'invalid_client' && /client type|limited.input/i.test(description)) {
    return new BackupError(
      'ClientInvalid',
      'The OAuth client is of the wrong type: --device needs one of the type "TVs and Limited Input devices", the login with a browser one of the type Desktop app.',
    );
  }
  if (code === 'invalid_client' || /client_secret|client id/i.test(description)) {
    return new BackupError(
      'ClientInvalid',
      'The client ID or the client secret is wrong: compare both with the OAuth client in the Google Cloud console.',
    );
  }
  if (code === 'invalid_scope') {
    return new BackupError(
      'ScopeMissing',
      'Google does not offer the scope to this OAuth client or in this flow.',
    );
  }
  const shown = typeof code === 'string' && /^\w{1,64}$/.test(code) ? ` ${code}` : '';
  return new BackupError(
    'CredentialsInvalid',
    `Google refused the login (HTTP ${answer.status}${shown}): check the type of the OAuth client and run the login again.`,
  );
}
