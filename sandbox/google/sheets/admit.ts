import type { StoredFile } from '../drive/storedFile.ts';
import type { Exchange, HandlerFaults } from '../exchange.ts';
import type { Operation } from '../faults.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate, type GoogleService } from '../oauth/authenticate.ts';
import { type AccessToken, projectOf } from '../oauth/authorizations.ts';
import { scope } from '../oauth/scopes.ts';
import { parsePayload } from './payload.ts';
import type { QuotaKind } from './quota.ts';
import {
  invalidArgument,
  invalidPayload,
  noPermission,
  sheetsError,
  spreadsheetNotFound,
} from './sheetsError.ts';
import { type Spreadsheet, spreadsheetType } from './spreadsheet.ts';

const service: GoogleService = {
  host: 'sheets.googleapis.com',
  title: 'Google Sheets API',
  package: 'google.apps.sheets.v4.SpreadsheetsService',
  enabled: (state) => state.sheetsApiEnabled,
  error: (code, _reason, message, { status, details, headers } = {}) =>
    sheetsError(code, message, {
      ...(status === undefined ? {} : { status }),
      ...(details === undefined ? {} : { details }),
      ...(headers === undefined ? {} : { headers }),
    }),
};

/** What is done, for the token, the quota and the faults. */
export interface Method {
  /** Google's name of it. */
  readonly name: string;
  readonly operation: Operation;
  readonly kind: QuotaKind;
  /** Query parameters beyond those of every method. */
  readonly parameters?: readonly string[];
}

/** A request that may go on. */
export interface Admitted {
  readonly token: AccessToken;
  readonly body: unknown;
  readonly faults: HandlerFaults;
}

/** The same with the spreadsheet that it is about. */
export interface Opened extends Admitted {
  readonly file: StoredFile;
  readonly spreadsheet: Spreadsheet;
}

const standard = ['$.xgafv', 'access_token', 'alt', 'callback', 'fields', 'key', 'oauth_token'].concat([
  'prettyPrint',
  'quotaUser',
  'upload_protocol',
  'uploadType',
]);
const sizeLimit = 10 * 1024 * 1024;

/**
 * Checks the query and the token, reads the body, meets the faults and takes from the quota. Google recommends 2 MB a
 * request; it refuses more than 10 MiB, as all its APIs do (for this one unconfirmed), and ends what takes longer than
 * 180 seconds: for the latter there are faults.
 */
export async function admit(
  state: GoogleState,
  exchange: Exchange,
  method: Method,
  name?: string,
): Promise<Admitted> {
  for (const key of exchange.query.keys()) {
    if (standard.includes(key) || method.parameters?.includes(key)) continue;
    throw invalidPayload(
      key,
      `Invalid JSON payload received. Unknown name "${key}": Cannot bind query parameter.`,
    );
  }
  const scopes = ['drive', 'drive.file', 'spreadsheets'].concat(
    method.kind === 'read' ? ['drive.readonly', 'spreadsheets.readonly'] : [],
  );
  const token = authenticate(state, exchange, method.name, scopes, service);
  const text =
    exchange.request.method === 'GET'
      ? ''
      : await exchange.text(sizeLimit, () =>
          invalidArgument(`Request payload size exceeds the limit: ${sizeLimit} bytes.`),
        );
  const faults = await exchange.enter(method.operation, name === undefined ? {} : { name });
  if (faults.bytesPerSecond !== undefined) await exchange.pace(text.length, faults.bytesPerSecond);
  state.sheetsQuota.take(method.kind, projectOf(token));
  return { token, body: parsePayload(text), faults };
}

/** Admits a request to a spreadsheet: 404 where it is out of sight, 400 for a file of another kind, 403 where it may only be read. */
export async function open(
  state: GoogleState,
  exchange: Exchange,
  method: Method,
  id: string,
): Promise<Opened> {
  const admitted = await admit(state, exchange, method, state.drive.files.get(id)?.name);
  const file = state.drive.files.get(id);
  if (!file || !inSight(state, file, admitted.token)) throw spreadsheetNotFound();
  const { spreadsheet } = file;
  if (!spreadsheet) {
    throw sheetsError(400, 'This operation is not supported for this document', {
      status: 'FAILED_PRECONDITION',
    });
  }
  if (method.kind === 'write') {
    const { token } = admitted;
    const may = ['drive', 'spreadsheets'].some((one) => token.scopes.includes(scope(one)));
    if (spreadsheet.access === 'reader' || (!may && !file.visibleTo.has(token.clientID)))
      throw noPermission();
  }
  return { ...admitted, file, spreadsheet };
}

/** What is in the bin is read and written as before (obot-platform/obot#108). */
function inSight(state: GoogleState, file: StoredFile, token: AccessToken): boolean {
  if (state.drive.visible(file, token)) return true;
  const spreadsheets = ['spreadsheets', 'spreadsheets.readonly'].some((one) =>
    token.scopes.includes(scope(one)),
  );
  return spreadsheets && file.mimeType === spreadsheetType;
}
