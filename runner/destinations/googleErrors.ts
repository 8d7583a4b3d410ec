import type { IncomingHttpHeaders } from 'node:http';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { NetworkError } from './httpTransport.ts';
import { missingScope } from './missingScope.ts';
import { TransientError } from './retry.ts';

/** What was tried, for the message and for what a 404 means. */
export interface Attempt {
  /** Completes "Google Drive could not …": `list the folder`. */
  readonly what: string;
  /** Whether a 404 means the destination folder. */
  readonly ofFolder?: boolean;
  /** Another service than Drive: its name, its scope, and what its refusals mean where they mean something else than Drive's. */
  readonly service?: {
    readonly name: string;
    readonly scope: string;
    refused(answer: ErrorAnswer, reasons: readonly string[]): readonly [FailureReason, string] | undefined;
  };
}

/** Who could not do it, for messages. */
export const serviceOf = ({ service }: Attempt) => service?.name ?? 'Google Drive';

/** The part of an answer that errors are made from. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** A file that is not there, or not for this account; `get` and `remove` are content with it. */
export class FileMissing extends BackupError {}

const rateLimits = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED']);
const dayLimits = new Set(['dailyLimitExceeded', 'dailyLimitExceededUnreg']);
const full = new Set(['storageQuotaExceeded', 'quotaExceeded', 'teamDriveFileLimitExceeded']);
const apiOff = new Set(['accessNotConfigured', 'SERVICE_DISABLED']);
const rights = new Set([
  'insufficientFilePermissions',
  'insufficientParentPermissions',
  'cannotAddParent',
  'appNotAuthorizedToFile',
  'forbidden',
]);
const scopes = new Set(['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'insufficientPermissions', 'insufficientScopes']);

/**
 * The error that a refused Drive request stands for: TransientError where it is worth another try (429, 403 rate
 * limits, 5xx), BackupError otherwise. Words of the answer other than Google's reason code are never in it.
 * https://developers.google.com/workspace/drive/api/guides/handle-errors
 */
export function answerError(answer: ErrorAnswer, attempt: Attempt, now: Date): TransientError | BackupError {
  const reasons = googleReasons(answer.body);
  const has = (known: ReadonlySet<string>) => reasons.some((reason) => known.has(reason));
  const shown = [`HTTP ${answer.status}`, ...reasons.slice(0, 1)].join(' ');
  const stop = (reason: FailureReason, sentence: string) =>
    new BackupError(reason, `${sentence} (${shown}).`);
  const again = (reason: FailureReason, sentence: string) =>
    new TransientError(stop(reason, sentence), retryAfterMs(answer.headers['retry-after'], now));
  const could = `${serviceOf(attempt)} could not ${attempt.what}`;

  const refused = attempt.service?.refused(answer, reasons);
  if (refused) return stop(...refused);
  if (answer.status === 429) return again('RateLimited', `${could}: too many requests`);
  if (answer.status >= 500) return again('UploadFailed', `${could}: Google has a problem`);
  if (answer.status === 408) return again('UploadFailed', `${could}: the request took too long`);
  if (answer.status === 401) {
    return stop('TokenExpired', `${could}: Google refuses the access, though the token is fresh`);
  }
  if (answer.status === 403) {
    if (has(rateLimits)) return again('RateLimited', `${could}: too many requests`);
    if (has(dayLimits)) return stop('RateLimited', `${could}: the limit of the day is used up`);
    if (has(full)) {
      return stop('QuotaExceeded', `${could}: the Drive is full`);
    }
    if (has(apiOff)) {
      return stop('DriveApiDisabled', 'The Google Drive API is off in the project of the OAuth client');
    }
    if (has(scopes)) {
      const scope = attempt.service?.scope ?? 'drive.file';
      return stop('ScopeMissing', `${could}: ${missingScope(scope, 'the token')}`);
    }
    if (has(new Set(['parentNotAFolder']))) {
      return stop(
        'NotAFolder',
        'The folder ID belongs to a file: take the ID from the address of the opened folder',
      );
    }
    if (has(rights))
      return stop('FolderNotFound', `${could}: this account or this app has no right to do so`);
  }
  if (answer.status === 404 && attempt.ofFolder) {
    return stop(
      'FolderNotFound',
      'The folder was not found for this account: wrong ID or account, in the bin, or made by hand while the token has scope drive.file',
    );
  }
  if (answer.status === 404)
    return new FileMissing('FolderNotFound', `${could}: the file is gone (${shown}).`);
  return stop('UploadFailed', `${could}: Google refused the request`);
}

const certificateCodes = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

/** The error for a request without an answer: TransientError, but for certificates and proxies that refuse. */
export function networkError(error: unknown, host: string, attempt: Attempt): unknown {
  if (!(error instanceof NetworkError)) return error;
  const cause = { cause: new Error(error.code) };
  const could = `${serviceOf(attempt)} could not ${attempt.what}`;
  if (certificateCodes.test(error.code)) {
    return new BackupError(
      'UploadFailed',
      `${could}: the certificate of ${host} is not trusted (${error.code}). If a proxy opens TLS, give its CA in NODE_EXTRA_CA_CERTS.`,
      cause,
    );
  }
  if (error.code.startsWith('ERR_PROXY')) {
    return new TransientError(
      new BackupError(
        'UploadFailed',
        `${could}: the proxy of HTTPS_PROXY does not connect to ${host}.`,
        cause,
      ),
    );
  }
  return new TransientError(
    new BackupError('UploadFailed', `${could}: no answer from ${host} (${error.code}).`, cause),
  );
}

const brokenClient = new Set([
  'invalid_client',
  'unauthorized_client',
  'deleted_client',
  'disabled_client',
  'org_internal',
]);

/** The error for a refused token request; the same rules. https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export function tokenError(answer: ErrorAnswer, now: Date): TransientError | BackupError {
  const code = tokenErrorCode(answer.body);
  const shown = [`HTTP ${answer.status}`, ...(code ? [code] : [])].join(' ');
  const stop = (reason: FailureReason, sentence: string) =>
    new BackupError(reason, `${sentence} (${shown}).`);
  if (answer.status === 429 || answer.status >= 500 || code === 'temporarily_unavailable') {
    return new TransientError(
      stop(
        answer.status === 429 ? 'RateLimited' : 'UploadFailed',
        'Google gave no access token: its OAuth service has a problem',
      ),
      retryAfterMs(answer.headers['retry-after'], now),
    );
  }
  if (code === 'invalid_grant') {
    return stop('TokenExpired', 'Google rejected the refresh token');
  }
  if (code !== undefined && brokenClient.has(code)) {
    return stop('ClientInvalid', 'The client ID or the client secret of the Google credentials is wrong');
  }
  if (code === 'invalid_scope') {
    return stop('ScopeMissing', 'Google does not grant the scope of the token');
  }
  return stop('TokenExpired', 'Google gave no access token for the refresh token');
}

/** Milliseconds that a Retry-After header asks for: seconds or a date; undefined without one. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

/** The reason codes of Google's error JSON, most telling first; only what looks like a code. */
function googleReasons(body: Uint8Array): string[] {
  const error = field(parse(body), 'error');
  const details = list(field(error, 'details')).map((detail) => field(detail, 'reason'));
  const errors = list(field(error, 'errors')).map((entry) => field(entry, 'reason'));
  const found = [...details, ...errors, field(error, 'status')];
  return found.filter((code): code is string => typeof code === 'string' && /^\w{1,64}$/.test(code));
}

function tokenErrorCode(body: Uint8Array): string | undefined {
  const code = field(parse(body), 'error');
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : undefined;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
