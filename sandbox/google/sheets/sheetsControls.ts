import { randomInt } from 'node:crypto';
import { newFile } from '../drive/driveStore.ts';
import type { GoogleState } from '../googleState.ts';
import type { Client } from '../oauth/authorizations.ts';
import { findRange } from './area.ts';
import type { QuotaLimits } from './quota.ts';
import {
  type Access,
  type Cell,
  newSheet,
  newSpreadsheet,
  type Sheet,
  type Spreadsheet,
  spreadsheetType,
  withoutEmptyEnd,
} from './spreadsheet.ts';

/** A tab as it lies in the fake. */
export interface FakeSheet {
  readonly id: number;
  readonly title: string;
  readonly hidden: boolean;
  readonly rowCount: number;
  readonly columnCount: number;
  /** Rows without their empty ends, and without empty rows at the end. */
  readonly values: readonly (readonly Cell[])[];
}

/** What a test may do to spreadsheets. */
export interface SheetsControls {
  /** Requests a minute, for reads and for writes each; may be changed, also to Infinity. */
  readonly sheetsQuota: QuotaLimits;
  /**
   * Makes a spreadsheet: a client's, or made by the user's own hand (out of sight under drive.file); `access` other than
   * owner: somebody else's, shared with the user. Returns its ID.
   */
  createSpreadsheet(title: string, options?: NewSpreadsheet): string;
  /** The tabs of a spreadsheet, in their order. */
  sheets(id: string): FakeSheet[];
  /** Somebody else protects a range of A1 notation: the account cannot change it. Its owner can, so it is for others'. */
  protectRange(id: string, range: string): void;
}

interface NewSpreadsheet {
  byUser?: boolean;
  client?: Client;
  parent?: string;
  access?: Access;
  sheets?: readonly { title: string; rowCount?: number; columnCount?: number; hidden?: boolean }[];
}

/** The controls of the spreadsheets of a fake. */
export function sheetsControls(state: GoogleState, client: Client): SheetsControls {
  const { drive } = state;
  const spreadsheet = (id: string): Spreadsheet => {
    const found = drive.files.get(id)?.spreadsheet;
    if (!found) throw new Error(`The fake has no spreadsheet ${id}.`);
    return found;
  };
  return {
    sheetsQuota: state.sheetsQuota.limits,
    createSpreadsheet: (name, options = {}) => {
      const sheets = options.sheets?.map((sheet, id) => newSheet({ id, ...sheet }));
      const file = newFile({
        id: drive.newID(),
        name,
        mimeType: spreadsheetType,
        parent: options.parent ?? drive.rootID,
        createdBy: options.byUser ? undefined : (options.client ?? client).id,
        time: state.now(),
        spreadsheet: newSpreadsheet({ access: options.access ?? 'owner', ...(sheets && { sheets }) }),
      });
      return drive.add(file).id;
    },
    sheets: (id) => spreadsheet(id).sheets.map(fakeSheet),
    protectRange: (id, text) => {
      const { sheet, range } = findRange(spreadsheet(id), text);
      sheet.protectedRanges = [
        ...sheet.protectedRanges,
        {
          protectedRangeId: randomInt(1, 2 ** 31 - 1),
          range: {
            sheetId: sheet.id,
            ...(range.startRow && { startRowIndex: range.startRow - 1 }),
            ...(range.endRow && { endRowIndex: range.endRow }),
            ...(range.startColumn && { startColumnIndex: range.startColumn - 1 }),
            ...(range.endColumn && { endColumnIndex: range.endColumn }),
          },
          warningOnly: false,
          requestingUserCanEdit: false,
        },
      ];
    },
  };
}

function fakeSheet({ id, title, hidden, rowCount, columnCount, rows }: Sheet): FakeSheet {
  const values = Array.from(rows, (row = []) => withoutEmptyEnd(row));
  while (values.at(-1)?.length === 0) values.pop();
  return { id, title, hidden, rowCount, columnCount, values };
}
