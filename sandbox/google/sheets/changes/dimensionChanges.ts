import { checkProtection, checkSheetProtection, sheetByID, wholeSheet } from '../area.ts';
import { flag, integer, type Payload, payload, text, word } from '../payload.ts';
import { SheetsRefusal } from '../sheetsError.ts';
import { checkGrid, type Sheet, type Spreadsheet } from '../spreadsheet.ts';

type Dimension = 'ROWS' | 'COLUMNS';
interface Span {
  readonly sheet: Sheet;
  readonly dimension: Dimension;
  readonly start: number;
  readonly end: number;
}

/** appendDimension: empty rows or columns at the end. */
export function appendDimension(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  payload(given, at, ['sheetId', 'dimension', 'length', 'tableId']);
  const sheet = sheetByID(spreadsheet, integer(given, 'sheetId', at) ?? 0, 'sheet');
  const length = integer(given, 'length', at) ?? 0;
  if (length < 1) throw new SheetsRefusal('length must be greater than 0.');
  grow(spreadsheet, sheet, dimensionOf(given, at), length);
}

/** insertDimension: empty rows or columns before `startIndex`; at the very end only with inheritFromBefore. */
export function insertDimension(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  payload(given, at, ['range', 'inheritFromBefore']);
  const { sheet, dimension, start, end } = dimensionRange(spreadsheet, given.range, `${at}.range`);
  const size = sizeOf(sheet, dimension);
  if (start > size) throw new SheetsRefusal(`range.startIndex is larger than current grid size (${size})`);
  if (start === size && !flag(given, 'inheritFromBefore', at)) {
    throw new SheetsRefusal(
      `range.startIndex must be less than the grid size (${size}) if inheritFromBefore is false.`,
    );
  }
  checkSheetProtection(sheet);
  grow(spreadsheet, sheet, dimension, end - start);
  // What is inserted just before a range does not belong to it, nor what comes just behind.
  moveProtections(sheet, dimension, (index, isEnd) =>
    index > start || (index === start && !isEnd) ? index + end - start : index,
  );
  const empty = new Array<undefined>(end - start).fill(undefined);
  if (dimension === 'ROWS' && start < sheet.rows.length)
    sheet.rows = [...sheet.rows.slice(0, start), ...empty, ...sheet.rows.slice(start)];
  if (dimension === 'COLUMNS') {
    sheet.rows = sheet.rows.map((row) =>
      row && row.length > start ? [...row.slice(0, start), ...empty, ...row.slice(start)] : row,
    );
  }
}

/** deleteDimension: rows or columns with what is in them. */
export function deleteDimension(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  payload(given, at, ['range']);
  const { sheet, dimension, start, end } = dimensionRange(spreadsheet, given.range, `${at}.range`);
  const size = sizeOf(sheet, dimension);
  const [one, many] = dimension === 'ROWS' ? ['row', 'rows'] : ['column', 'columns'];
  if (end > size) {
    throw new SheetsRefusal(
      `Cannot delete a ${one} that doesn't exist. Tried to delete ${one} index ${Math.max(start, size)} but ` +
        `there are only ${size} ${many}.`,
    );
  }
  if (end - start === size) throw new SheetsRefusal(`You can't delete all the ${many} on the sheet.`);
  const frozen = dimension === 'ROWS' ? sheet.frozenRowCount : sheet.frozenColumnCount;
  if (frozen > 0 && start <= frozen && end === size)
    throw new SheetsRefusal(`Sorry, it is not possible to delete all non-frozen ${many}.`);
  const whole = wholeSheet(sheet);
  checkProtection(
    dimension === 'ROWS' ? { ...whole, top: start, bottom: end } : { ...whole, left: start, right: end },
  );
  moveProtections(sheet, dimension, (index) =>
    index > start ? Math.max(start, index - end + start) : index,
  );
  if (dimension === 'ROWS') {
    sheet.rows.splice(start, end - start);
    sheet.rowCount -= end - start;
    sheet.frozenRowCount -= Math.max(0, Math.min(end, frozen) - start);
  } else {
    sheet.rows = sheet.rows.map((row) => row && [...row.slice(0, start), ...row.slice(end)]);
    sheet.columnCount -= end - start;
    sheet.frozenColumnCount -= Math.max(0, Math.min(end, frozen) - start);
  }
}

/** Refuses a tab without a row or a column that moves. */
export function checkFrozen(sheet: Sheet): void {
  if (sheet.frozenRowCount >= sheet.rowCount)
    throw new SheetsRefusal("You can't freeze all visible rows on the sheet.");
  if (sheet.frozenColumnCount >= sheet.columnCount)
    throw new SheetsRefusal("You can't freeze all visible columns on the sheet.");
}

/** Protected ranges move with their rows and columns, and go with the last of them (that they go is unconfirmed). */
function moveProtections(
  sheet: Sheet,
  dimension: Dimension,
  moved: (index: number, isEnd: boolean) => number,
): void {
  const [start, end] =
    dimension === 'ROWS'
      ? (['startRowIndex', 'endRowIndex'] as const)
      : (['startColumnIndex', 'endColumnIndex'] as const);
  sheet.protectedRanges = sheet.protectedRanges.flatMap((one) => {
    const { [start]: from, [end]: to } = one.range;
    const newFrom = from === undefined ? undefined : moved(from, false);
    const newTo = to === undefined ? undefined : moved(to, true);
    if (newTo !== undefined && newTo <= (newFrom ?? 0)) return [];
    const range = {
      ...one.range,
      ...(newFrom !== undefined && { [start]: newFrom }),
      ...(newTo !== undefined && { [end]: newTo }),
    };
    return [{ ...one, range }];
  });
}

function grow(spreadsheet: Spreadsheet, sheet: Sheet, dimension: Dimension, by: number): void {
  if (dimension === 'ROWS') sheet.rowCount += by;
  else sheet.columnCount += by;
  // Before any room is made for them.
  checkGrid(spreadsheet);
}

function dimensionRange(spreadsheet: Spreadsheet, value: unknown, at: string): Span {
  const given = payload(value ?? {}, at, ['sheetId', 'dimension', 'startIndex', 'endIndex']);
  const sheet = sheetByID(spreadsheet, integer(given, 'sheetId', at) ?? 0, 'sheet');
  const dimension = dimensionOf(given, at);
  const start = integer(given, 'startIndex', at) ?? 0;
  const end = integer(given, 'endIndex', at) ?? sizeOf(sheet, dimension);
  if (start < 0 || end <= start)
    throw new SheetsRefusal('The range is empty, or its end comes before its start.');
  return { sheet, dimension, start, end };
}

function dimensionOf(given: Payload, at: string): Dimension {
  const name = `${at}.dimension`;
  const dimension = word(text(given, 'dimension', at), name, 'Dimension', ['ROWS', 'COLUMNS'] as const);
  if (dimension === undefined) throw new SheetsRefusal('No dimension was specified.');
  return dimension;
}

function sizeOf(sheet: Sheet, dimension: Dimension): number {
  return dimension === 'ROWS' ? sheet.rowCount : sheet.columnCount;
}
