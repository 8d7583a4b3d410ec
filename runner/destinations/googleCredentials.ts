import { BackupError } from '../../crds/failureReason.ts';

/** What an access token is made of. Every field but the date is a secret. */
export interface GoogleCredentials {
  readonly clientID: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Known where `auth login` wrote it down, for OAuth apps in "Testing". */
  readonly refreshTokenExpiresAt?: Date;
}

const advice = 'Make credentials with `dbbackup auth login`.';

/**
 * Reads {"type":"authorized_user",…} or python's token.json (which has no type). Its token_uri is ignored, so that
 * secrets go to Google alone. Throws CredentialsInvalid; `where` names the source in the message, the content never.
 */
export function parseGoogleCredentials(bytes: Uint8Array, where: string): GoogleCredentials {
  const refuse = (sentence: string) => new BackupError('CredentialsInvalid', `${where} ${sentence}`);
  const text = new TextDecoder()
    .decode(bytes)
    .replace(/^\uFEFF/, '')
    .trim();
  if (text === '') throw refuse(`is empty. ${advice}`);
  if (bytes[0] === 0x80 || /^c[\w.]+\r?\n/.test(text)) {
    throw refuse(
      'is a Python pickle, which could run code when loaded, so it is not read. Convert it with `dbbackup auth import token.pickle`.',
    );
  }
  if (text.startsWith('-----BEGIN')) {
    throw refuse(`is a PEM key or certificate, not an OAuth refresh token in JSON. ${advice}`);
  }
  if (/^eyJ|^ewo|^eyA/.test(text)) {
    throw refuse('is base64, not JSON: in a Secret use stringData, or encode it for data only once.');
  }
  const value = parseJSON(text);
  if (value === undefined) throw refuse(`is not JSON. ${advice}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`is JSON, but not an object with client_id, client_secret and refresh_token. ${advice}`);
  }
  const type = own(value, 'type');
  if (type === 'service_account') {
    throw refuse(
      'is a service-account key. Service accounts cannot own files in a personal Drive: use an OAuth refresh token (`dbbackup auth login`).',
    );
  }
  if (
    own(value, 'refresh_token') === undefined &&
    (own(value, 'installed') ?? own(value, 'web')) !== undefined
  ) {
    throw refuse(
      'is the OAuth client file; it identifies the app, but grants nothing. Run `dbbackup auth login --client-file` with it and store what that prints.',
    );
  }
  if (type !== undefined && type !== 'authorized_user') {
    throw refuse(`has a "type" other than authorized_user. ${advice}`);
  }
  const refreshToken = own(value, 'refresh_token');
  if (refreshToken === undefined || refreshToken === null || refreshToken === '') {
    throw refuse(
      "has no refresh_token: Google sent none. Remove the app under the account's third-party access and run `dbbackup auth login` again.",
    );
  }
  const requiredText = (name: string): string => {
    const field = own(value, name);
    if (typeof field !== 'string' || field.trim() === '') {
      throw refuse(`has no ${name} (a text that is not empty). ${advice}`);
    }
    return field.trim();
  };
  const credentials = {
    clientID: requiredText('client_id'),
    clientSecret: requiredText('client_secret'),
    refreshToken: requiredText('refresh_token'),
  };
  const expiresAt = refreshTokenExpiry(value);
  return expiresAt ? { ...credentials, refreshTokenExpiresAt: expiresAt } : credentials;
}

function refreshTokenExpiry(value: object): Date | undefined {
  const at = own(value, 'refresh_token_expires_at');
  if (typeof at === 'string') return validDate(Date.parse(at));
  const seconds = own(value, 'refresh_token_expires_in');
  const obtained = own(value, 'obtained_at');
  if (typeof seconds !== 'number' || typeof obtained !== 'string') return undefined;
  return validDate(Date.parse(obtained) + seconds * 1000);
}

// A date that nobody can read only costs the warning before the expiry, so it is no reason to refuse.
function validDate(milliseconds: number): Date | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
