import { BackupError, type FailureReason } from '../../crds/failureReason.ts';

/** A failure of the server, as pg and our row stream throw it: SQLSTATE in `code`. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity?: string;
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const reasonsByState: [start: string, reason: FailureReason][] = [
  ['28', 'DatabaseAuthFailed'],
  ['3D000', 'DatabaseNotFound'],
  ['42501', 'TablePermissionDenied'],
  ['55P03', 'LockTimeout'],
  ['53300', 'TooManyConnections'],
  // In a read-only transaction these two come from replay on a standby alone.
  ['40001', 'RecoveryConflict'],
  ['40P01', 'RecoveryConflict'],
  ['08', 'DatabaseUnreachable'],
  ['57P01', 'DatabaseUnreachable'],
  ['57P02', 'DatabaseUnreachable'],
  ['57P03', 'DatabaseUnreachable'],
  ['57014', 'Interrupted'],
];

// Messages of other classes may quote row data (design.md, 10). So may class 42 where a view casts a value to
// regclass ("relation … does not exist"): of it only what tells of missing rights is shown.
const safeClasses = new Set(['08', '28', '3D', '53', '57']);
const safeWords =
  /^(permission denied for [\w ]+ \S+|query would be affected by row-level security policy .*)$/;

const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EPIPE', 'ECONNABORTED', 'ENOENT', 'EACCES', 'EADDRNOTAVAIL'],
]);

/**
 * The failure with its name. `doing` completes "… failed while": "connecting to db:5432". Messages of the
 * server are shown only from SQLSTATE classes that cannot quote rows. Other errors come back as they are.
 */
export function databaseError(error: unknown, doing: string): unknown {
  if (error instanceof BackupError || !(error instanceof Error)) return error;
  if (isServerError(error)) {
    const reason = reasonsByState.find(([start]) => error.code.startsWith(start))?.[1] ?? 'DumpFailed';
    const isSafe =
      safeClasses.has(error.code.slice(0, 2)) || (error.code === '42501' && safeWords.test(error.message));
    const detail = isSafe ? `${error.message} (SQLSTATE ${error.code})` : `SQLSTATE ${error.code}`;
    return new BackupError(reason, `PostgreSQL refused while ${doing}: ${detail}.`, {
      cause: withoutRows(error),
    });
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const cause = { cause: error };
  const unreachable = (sentence: string) => new BackupError('DatabaseUnreachable', sentence, cause);
  if (networkCodes.has(code) || connectionGone.test(error.message)) {
    return unreachable(`The connection failed while ${doing}: ${wordsOf(error)}.`);
  }
  if (noTLS.test(error.message)) {
    return unreachable(`The server offers no TLS, but sslMode asks for it, while ${doing}.`);
  }
  if (notPostgreSQL.test(error.message)) {
    return unreachable(`What answers there does not speak PostgreSQL's protocol, while ${doing}.`);
  }
  // pg's own words for the login by SCRAM.
  if (error.message.startsWith('SASL')) {
    return new BackupError('DatabaseAuthFailed', `The login failed while ${doing}: ${error.message}.`, cause);
  }
  if (code.startsWith('ERR_OSSL')) {
    return new BackupError(
      'InvalidSpec',
      `The certificate or key of caSecretRef or clientCertSecretRef cannot be used while ${doing} (${code}).`,
      cause,
    );
  }
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || certificateCodes.test(code)) {
    return unreachable(
      `The TLS connection was refused while ${doing}: ${error.message} (${code}). Check sslMode and caSecretRef.`,
    );
  }
  return error;
}

// pg's words, the last two for a query that comes after the loss.
const connectionGone =
  /^Connection terminated|timeout expired|^Client has encountered a connection error|^Client was closed/;

/** pg's words for a server without TLS. */
export const noTLS = /does not support SSL/;
const notPostgreSQL = /error establishing an SSL connection|^received invalid response/i;

// Where a name has several addresses, each has its own error and the whole has no words.
function wordsOf(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return errors.map(({ message }) => message).join('; ');
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_|EPROTO/;

function isServerError(error: Error): error is ServerError {
  const { code, severity } = error as ServerError;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string';
}

// The cause goes into logs: detail, where and hint of the server may hold values.
function withoutRows(error: ServerError): Error {
  const bare = new Error(`SQLSTATE ${error.code}`);
  if (error.stack) bare.stack = error.stack.slice(error.stack.indexOf('\n    at '));
  return bare;
}
