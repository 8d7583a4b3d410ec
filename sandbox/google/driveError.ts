import { HttpError } from './httpError.ts';

/** What an error of Drive carries beyond its reason and sentence. */
export interface DriveErrorDetails {
  domain?: string;
  /** The parameter, header or field that is wrong. */
  location?: string;
  locationType?: 'parameter' | 'header' | 'other';
  extendedHelp?: string;
  /** The canonical status, such as PERMISSION_DENIED, where Google adds it. */
  status?: string;
  details?: readonly unknown[];
  headers?: Readonly<Record<string, string>>;
}

/** An error in the JSON of Drive v3: https://developers.google.com/drive/api/guides/handle-errors */
export function driveError(
  code: number,
  reason: string,
  message: string,
  options: DriveErrorDetails = {},
): HttpError {
  const { domain = 'global', location, locationType, extendedHelp, status, details, headers } = options;
  const error = {
    code,
    message,
    errors: [{ message, domain, reason, location, locationType, extendedHelp }],
    status,
    details,
  };
  return new HttpError(code, JSON.stringify({ error }, undefined, 1), {
    'Content-Type': 'application/json; charset=UTF-8',
    ...headers,
  });
}

/** 400: a query parameter that Drive cannot accept. */
export function invalidParameter(location: string, message: string, reason = 'invalidParameter'): HttpError {
  return driveError(400, reason, message, { location, locationType: 'parameter' });
}

/** 404: unknown, or out of sight for this app; Google makes no difference. */
export function fileNotFound(id: string): HttpError {
  return driveError(404, 'notFound', `File not found: ${id}.`, {
    location: 'fileId',
    locationType: 'parameter',
  });
}

/** 403: the account is full. */
export function storageQuotaExceeded(): HttpError {
  return driveError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.", {
    domain: 'usageLimits',
  });
}

const sentences: Readonly<Record<string, string>> = {
  rateLimitExceeded: 'Rate Limit Exceeded',
  userRateLimitExceeded: 'User Rate Limit Exceeded',
  dailyLimitExceeded: 'Daily Limit Exceeded',
  storageQuotaExceeded: "The user's Drive storage quota has been exceeded.",
  backendError: 'Backend Error',
  internalError: 'Internal Error',
  authError: 'Invalid Credentials',
};
const reasons: Readonly<Record<number, string>> = {
  401: 'authError',
  403: 'rateLimitExceeded',
  404: 'notFound',
  429: 'rateLimitExceeded',
  500: 'internalError',
  503: 'backendError',
};

/** The error that a fault asked for, in the words Google uses for it. */
export function injectedError(
  code: number,
  reason = reasons[code] ?? 'backendError',
  retryAfter?: number,
): HttpError {
  const usage = /Limit|Quota/.test(reason);
  return driveError(code, reason, sentences[reason] ?? reason, {
    domain: usage ? 'usageLimits' : 'global',
    ...(code === 401 ? { location: 'Authorization', locationType: 'header' as const } : {}),
    ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
  });
}
