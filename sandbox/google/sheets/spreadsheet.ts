import { randomInt } from 'node:crypto';
import { SheetsRefusal } from './sheetsError.ts';

/** MIME type of a spreadsheet. */
export const spreadsheetType = 'application/vnd.google-apps.spreadsheet';

/** https://support.google.com/drive/answer/37603: cells of all tabs together, and columns up to ZZZ. */
export const cellLimit = 10_000_000;
export const columnLimit = 18_278;
/** Characters of one cell. */
export const characterLimit = 50_000;

/** What lies in a cell; undefined: nothing. Formulas and formats do not exist here. */
export type Cell = string | number | boolean | undefined;

/** A tab. */
export interface Sheet {
  readonly id: number;
  title: string;
  hidden: boolean;
  rowCount: number;
  columnCount: number;
  frozenRowCount: number;
  frozenColumnCount: number;
  /** Rows that were written, by index; a row is never changed in place, so that a copy of the list is a copy of all. */
  rows: (readonly Cell[] | undefined)[];
  protectedRanges: readonly ProtectedRange[];
  basicFilter?: BasicFilter | undefined;
}

/** The filter of a tab that everybody sees. */
export interface BasicFilter {
  readonly range: GridRange;
  readonly filterSpecs: readonly {
    readonly columnIndex: number;
    readonly filterCriteria: { readonly hiddenValues: readonly string[] };
  }[];
  /** Indexes of the rows that it hides: those that it found when it was set. */
  readonly hidden: ReadonlySet<number>;
}

/** Indexes from 0, the ends excluded; what is missing is unbounded. */
export interface GridRange {
  readonly sheetId: number;
  readonly startRowIndex?: number;
  readonly endRowIndex?: number;
  readonly startColumnIndex?: number;
  readonly endColumnIndex?: number;
}

/** A range that not everybody may change. */
export interface ProtectedRange {
  readonly protectedRangeId: number;
  readonly range: GridRange;
  readonly description?: string;
  /** Those who change it are warned, but not kept from it. */
  readonly warningOnly: boolean;
  /** The account of the fake is among its editors. */
  readonly requestingUserCanEdit: boolean;
}

/** What the account may do with a spreadsheet. */
export type Access = 'owner' | 'writer' | 'reader';

/** A spreadsheet; its title is the name of its file. */
export interface Spreadsheet {
  sheets: Sheet[];
  readonly locale: string;
  readonly timeZone: string;
  readonly access: Access;
}

/** A new tab. Google's default is 1000 by 26, also where a size of 0 is asked for (tidyverse/googlesheets4#70). */
export function newSheet(given: Pick<Sheet, 'id' | 'title'> & Partial<Sheet>): Sheet {
  return {
    hidden: false,
    frozenRowCount: 0,
    frozenColumnCount: 0,
    rows: [],
    protectedRanges: [],
    ...given,
    rowCount: given.rowCount || 1000,
    columnCount: given.columnCount || 26,
  };
}

/** A spreadsheet as Google makes it: one tab, Sheet1 with the ID 0. */
export function newSpreadsheet(given: Partial<Spreadsheet> = {}): Spreadsheet {
  return {
    sheets: [newSheet({ id: 0, title: 'Sheet1' })],
    locale: 'en_US',
    timeZone: 'Etc/GMT',
    access: 'owner',
    ...given,
  };
}

/** An ID that no tab has yet. */
export function newSheetID(spreadsheet: Spreadsheet): number {
  const id = randomInt(1, 2 ** 31 - 1);
  return spreadsheet.sheets.some((sheet) => sheet.id === id) ? newSheetID(spreadsheet) : id;
}

/**
 * Changes a spreadsheet as a whole or not at all: `work` gets a copy, which takes the place of the original when it is
 * done. https://developers.google.com/workspace/sheets/api/limits: all requests are applied atomically.
 */
export function changeWhole<T>(spreadsheet: Spreadsheet, work: (copy: Spreadsheet) => T): T {
  const copy: Spreadsheet = {
    ...spreadsheet,
    sheets: spreadsheet.sheets.map((sheet) => ({ ...sheet, rows: sheet.rows.slice() })),
  };
  const result = work(copy);
  spreadsheet.sheets = copy.sheets;
  return result;
}

/** Refuses a grid that makes the spreadsheet larger than it may be. */
export function checkGrid(spreadsheet: Spreadsheet): void {
  const cells = spreadsheet.sheets.reduce((sum, sheet) => sum + sheet.rowCount * sheet.columnCount, 0);
  if (cells > cellLimit) {
    throw new SheetsRefusal(
      `This action would increase the number of cells in the workbook above the limit of ${cellLimit} cells.`,
    );
  }
  if (spreadsheet.sheets.some(({ columnCount }) => columnCount > columnLimit)) {
    // The limit is documented, the words are unconfirmed.
    throw new SheetsRefusal(
      `This action would increase the number of columns in the worksheet above the limit of ${columnLimit} columns.`,
    );
  }
}

/** Puts values into the cells of a row, from a column on. They must lie within the grid. */
export function writeRow(sheet: Sheet, row: number, column: number, values: readonly unknown[]): void {
  const cells = [...(sheet.rows[row] ?? [])];
  while (cells.length < column) cells.push(undefined);
  values.forEach((value, index) => {
    // null leaves what is there, the empty string empties the cell.
    if (value !== null) cells[column + index] = value === '' ? undefined : (value as Cell);
    else cells[column + index] ??= undefined;
  });
  const kept = withoutEmptyEnd(cells);
  sheet.rows[row] = kept.length === 0 ? undefined : kept;
}

/** A row up to its last cell that holds something. */
export function withoutEmptyEnd(cells: readonly Cell[]): Cell[] {
  return cells.slice(0, cells.findLastIndex((cell) => cell !== undefined) + 1);
}
