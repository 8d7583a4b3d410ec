import { HttpError } from '../httpError.ts';

/** What an error of Sheets carries beyond its code and sentence. */
export interface SheetsErrorDetails {
  /** The canonical status; default by the code. */
  status?: string;
  details?: readonly unknown[];
  headers?: Readonly<Record<string, string>>;
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/**
 * An error in the JSON of the newer APIs: a canonical status, but no list of reasons as Drive has it.
 * https://cloud.google.com/apis/design/errors#http_mapping
 */
export function sheetsError(code: number, message: string, options: SheetsErrorDetails = {}): HttpError {
  const { status = statuses[code] ?? 'UNKNOWN', details, headers } = options;
  const error = { code, message, status, details };
  return new HttpError(code, `${JSON.stringify({ error }, undefined, 2)}\n`, {
    'Content-Type': 'application/json; charset=UTF-8',
    ...headers,
  });
}

/** 400: what was asked for is wrong; the sentence is Google's. */
export function invalidArgument(message: string): HttpError {
  return sheetsError(400, message);
}

/** 400: the JSON or the query has no such form; Google says so a second time, with the place, among the details. */
export function invalidPayload(field: string, description: string, message = description): HttpError {
  return sheetsError(400, message, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ ...(field === '' ? {} : { field }), description }],
      },
    ],
  });
}

/** 400: Google would do it, the fake does not know how; said so that no test passes for nothing. */
export function unknownToFake(what: string): HttpError {
  return sheetsError(400, `The fake does not know ${what}.`);
}

/** 404: unknown, or out of sight for this app. */
export function spreadsheetNotFound(): HttpError {
  return sheetsError(404, 'Requested entity was not found.');
}

/** 403: may be seen, but not changed. */
export function noPermission(): HttpError {
  return sheetsError(403, 'The caller does not have permission');
}

/** A refusal within one request of many: what it says is put behind the place, as `Invalid requests[0].addSheet: …`. */
export class SheetsRefusal extends Error {
  override readonly name = 'SheetsRefusal';
}

/** Runs `work`, and answers what it refuses with 400 and the place where it was. */
export function refusingAt<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SheetsRefusal)) throw error;
    throw invalidArgument(place === '' ? error.message : `Invalid ${place}: ${error.message}`);
  }
}

const sentences: Readonly<Record<number, string>> = {
  401: 'Request had invalid authentication credentials.',
  403: 'The caller does not have permission',
  404: 'Requested entity was not found.',
  429: 'Resource has been exhausted (e.g. check quota).',
  500: 'Internal error encountered.',
  503: 'The service is currently unavailable.',
  504: 'Deadline expired before operation could complete.',
};

/** The error that a fault asked for, in the words Google uses for it; `reason` replaces the canonical status. */
export function injectedSheetsError(code: number, status?: string, retryAfter?: number): HttpError {
  return sheetsError(code, sentences[code] ?? 'Request failed.', {
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
  });
}
