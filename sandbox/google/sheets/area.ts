import { type A1Range, formatA1, parseA1 } from './a1.ts';
import { integer, payload } from './payload.ts';
import { SheetsRefusal, unknownToFake } from './sheetsError.ts';
import type { GridRange, Sheet, Spreadsheet } from './spreadsheet.ts';

/** A part of a tab's grid: indexes from 0, the ends excluded. */
export interface Area {
  readonly sheet: Sheet;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A range of A1 notation, found. */
export interface FoundRange {
  readonly sheet: Sheet;
  readonly range: A1Range;
  /** As Google's answers and errors write it. */
  readonly text: string;
}

/** Finds the tab of a range: by its title, whatever its capital letters; without one the first that is visible. */
export function findRange(spreadsheet: Spreadsheet, text: string): FoundRange {
  const range = parseA1(text);
  const sheet = range && sheetOf(spreadsheet, range);
  if (!range || !sheet) {
    if (/^(.*!)?R\d*C\d*(:R\d*C\d*)?$/i.test(text)) throw unknownToFake('R1C1 notation');
    throw new SheetsRefusal(`Unable to parse range: ${text}`);
  }
  return { sheet, range, text: formatA1(sheet.title, range) };
}

function sheetOf(spreadsheet: Spreadsheet, { title }: A1Range): Sheet | undefined {
  if (title === undefined) return spreadsheet.sheets.find(({ hidden }) => !hidden);
  return spreadsheet.sheets.find((sheet) => sameTitle(sheet.title, title));
}

/** Capital letters do not tell titles apart. */
export function sameTitle(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * The area of a range. One that begins outside the grid is refused; one that ends outside is cut where cells are read
 * (R's googlesheets4 asks for B2:ZZZ), and refused where they are written.
 */
export function areaOf({ sheet, range, text }: FoundRange, use: 'read' | 'write'): Area {
  const area = {
    sheet,
    top: (range.startRow ?? 1) - 1,
    left: (range.startColumn ?? 1) - 1,
    bottom: range.endRow ?? sheet.rowCount,
    right: range.endColumn ?? sheet.columnCount,
  };
  const begins = area.top < sheet.rowCount && area.left < sheet.columnCount;
  const ends = area.bottom <= sheet.rowCount && area.right <= sheet.columnCount;
  if (!begins || (use === 'write' && !ends)) throw outside(sheet, text);
  return {
    ...area,
    bottom: Math.min(area.bottom, sheet.rowCount),
    right: Math.min(area.right, sheet.columnCount),
  };
}

function outside(sheet: Sheet, text: string): SheetsRefusal {
  return new SheetsRefusal(
    `Range (${text}) exceeds grid limits. Max rows: ${sheet.rowCount}, max columns: ${sheet.columnCount}`,
  );
}

/** An area as Google's answers write it. */
export function areaText({ sheet, top, left, bottom, right }: Area): string {
  return formatA1(sheet.title, {
    startRow: top + 1,
    endRow: bottom,
    startColumn: left + 1,
    endColumn: right,
  });
}

const gridNames = ['sheetId', 'startRowIndex', 'endRowIndex', 'startColumnIndex', 'endColumnIndex'] as const;

/** The JSON of a GridRange; without a sheetId it is the tab 0. */
export function gridRange(value: unknown, at: string): GridRange {
  const given = payload(value, at, gridNames);
  const found = Object.fromEntries(
    gridNames.flatMap((name) => {
      const index = integer(given, name, at);
      return index === undefined ? [] : [[name, index]];
    }),
  );
  return { ...found, sheetId: integer(given, 'sheetId', at) ?? 0 };
}

/** The tab with an ID. Requests that speak of cells call it a grid. */
export function sheetByID(spreadsheet: Spreadsheet, id: number, what: 'grid' | 'sheet'): Sheet {
  const sheet = spreadsheet.sheets.find((one) => one.id === id);
  if (!sheet) throw new SheetsRefusal(`No ${what} with id: ${id}`);
  return sheet;
}

/** The area of a GridRange, refused where it does not lie within the grid (the words are unconfirmed here). */
export function gridArea(spreadsheet: Spreadsheet, range: GridRange): Area {
  const sheet = sheetByID(spreadsheet, range.sheetId, 'grid');
  const area = {
    sheet,
    top: range.startRowIndex ?? 0,
    left: range.startColumnIndex ?? 0,
    bottom: range.endRowIndex ?? sheet.rowCount,
    right: range.endColumnIndex ?? sheet.columnCount,
  };
  const inOrder = 0 <= area.top && area.top < area.bottom && 0 <= area.left && area.left < area.right;
  if (!inOrder) throw new SheetsRefusal('The range is empty, or its end comes before its start.');
  if (area.bottom > sheet.rowCount || area.right > sheet.columnCount) throw outside(sheet, areaText(area));
  return area;
}

/** Refuses a change of an area that lies under a protection which keeps this account out; an empty area is none. */
export function checkProtection({ sheet, ...area }: Area): void {
  if (area.top >= area.bottom || area.left >= area.right) return;
  const blocked = sheet.protectedRanges.some(({ range, warningOnly, requestingUserCanEdit }) => {
    if (warningOnly || requestingUserCanEdit) return false;
    const rows = (range.startRowIndex ?? 0) < area.bottom && area.top < (range.endRowIndex ?? Infinity);
    return (
      rows && (range.startColumnIndex ?? 0) < area.right && area.left < (range.endColumnIndex ?? Infinity)
    );
  });
  if (blocked) {
    throw new SheetsRefusal(
      'You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove ' +
        'protection if you need to edit.',
    );
  }
}

/** The same for a change of the tab itself: only a protection of all of it keeps out. */
export function checkSheetProtection(sheet: Sheet): void {
  const ofAll = sheet.protectedRanges.filter(({ range }) => Object.keys(range).length === 1);
  checkProtection(wholeSheet({ ...sheet, protectedRanges: ofAll }));
}

/** The whole of a tab. */
export function wholeSheet(sheet: Sheet): Area {
  return { sheet, top: 0, left: 0, bottom: sheet.rowCount, right: sheet.columnCount };
}
