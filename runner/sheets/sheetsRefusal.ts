import type { FailureReason } from '../../crds/failureReason.ts';
import type { Attempt, ErrorAnswer } from '../destinations/googleErrors.ts';

const apiOff = new Set(['SERVICE_DISABLED', 'accessNotConfigured']);

/** What requests meet whose tabs are no longer as they were found. */
const changes = [
  [
    /No (grid|sheet) with id|Unable to parse range/i,
    'The tab is gone: somebody deleted or renamed it meanwhile, or another run took it over',
  ],
  [/already exists/i, 'Somebody else made the same tab meanwhile'],
  [
    /exceeds grid limits|outside the (bounds|grid)/i,
    'The tab has fewer rows or columns than before: somebody took them out meanwhile',
  ],
] as const;

/**
 * What refusals of Sheets mean. Its own words are looked at, since most have the code INVALID_ARGUMENT alone, but never
 * shown: they can quote cells.
 */
function refused(
  { status, body }: ErrorAnswer,
  reasons: readonly string[],
): readonly [FailureReason, string] | undefined {
  const text = new TextDecoder().decode(body.subarray(0, 4096));
  if (status === 404) {
    return [
      'SpreadsheetNotFound',
      'The spreadsheet was not found for this account: wrong ID or account, or made by hand while the token has scope drive.file',
    ];
  }
  if (reasons.some((reason) => apiOff.has(reason))) {
    return ['SheetsApiDisabled', 'The Google Sheets API is off in the project of the OAuth client'];
  }
  if (/protected cell/i.test(text)) return ['SheetProtected', 'A range of the tab is protected'];
  if (/not supported for this document/i.test(text)) {
    return ['NotASpreadsheet', 'The ID belongs to a file that is no spreadsheet of Google Sheets'];
  }
  if (/limit of [\d,]+ cells/i.test(text)) {
    return ['SpreadsheetFull', 'The spreadsheet would have more than 10,000,000 cells'];
  }
  const changed = changes.find(([words]) => words.test(text));
  if (status === 400 && changed) return ['SheetChanged', changed[1]];
  if (
    status === 403 &&
    reasons.length > 0 &&
    reasons.every((reason) => /^(PERMISSION_DENIED|forbidden)$/.test(reason))
  ) {
    return ['SpreadsheetNotFound', 'This account may not edit the spreadsheet'];
  }
  return undefined;
}

const service = { name: 'Google Sheets', scope: 'spreadsheets', refused };

/** A request to Sheets; `what` completes "Google Sheets could not …". */
export const sheetsAttempt = (what: string): Attempt => ({ what, service });
