import { type Area, checkProtection, gridArea, gridRange } from '../area.ts';
import { checkCell } from '../cellValue.ts';
import { double, fieldPaths, flag, integer, list, type Payload, payload, text, word } from '../payload.ts';
import { SheetsRefusal, unknownToFake } from '../sheetsError.ts';
import { type Cell, type Spreadsheet, writeRow } from '../spreadsheet.ts';
import { pastedRows } from './filterChanges.ts';

const pasteTypes = [
  'PASTE_NORMAL',
  'PASTE_VALUES',
  'PASTE_FORMAT',
  'PASTE_NO_BORDERS',
  'PASTE_FORMULA',
  'PASTE_DATA_VALIDATION',
  'PASTE_CONDITIONAL_FORMATTING',
] as const;

/**
 * copyPaste: repeats the source where the destination is a multiple of it; where the destination is smaller, the whole
 * source is copied all the same. Empty cells of the source empty those of the destination.
 */
export function copyPaste(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  payload(given, at, ['source', 'destination', 'pasteType', 'pasteOrientation']);
  const type = word(text(given, 'pasteType', at), `${at}.pasteType`, 'PasteType', pasteTypes);
  if (type !== undefined && type !== 'PASTE_NORMAL' && type !== 'PASTE_VALUES') throw unknownToFake(type);
  const orientations = ['NORMAL', 'TRANSPOSE'] as const;
  const orientation = text(given, 'pasteOrientation', at);
  if (word(orientation, `${at}.pasteOrientation`, 'PasteOrientation', orientations) === 'TRANSPOSE')
    throw unknownToFake('TRANSPOSE');
  const source = gridArea(spreadsheet, gridRange(given.source ?? {}, `${at}.source`));
  const range = gridRange(given.destination ?? {}, `${at}.destination`);
  const whole = gridArea(spreadsheet, range);
  const [rows, columns] = [source.bottom - source.top, source.right - source.left];
  const height = repeated(whole.bottom - whole.top, rows);
  const width = repeated(whole.right - whole.left, columns);
  const destination = gridArea(spreadsheet, {
    sheetId: range.sheetId,
    startRowIndex: whole.top,
    endRowIndex: whole.top + height,
    startColumnIndex: whole.left,
    endColumnIndex: whole.left + width,
  });
  checkProtection(destination);
  // Read before the first write: the two may overlap.
  const from = source.sheet.rows.slice(source.top, source.bottom);
  for (const [row, to] of pastedRows(destination, height).entries()) {
    const cells = from[row % rows] ?? [];
    const pasted = Array.from(
      { length: width },
      (_, column) => cells[source.left + (column % columns)] ?? '',
    );
    writeRow(destination.sheet, to, destination.left, pasted);
  }
}

function repeated(wanted: number, source: number): number {
  return wanted % source === 0 ? wanted : source;
}

/** updateCells: values, or with `range` and no rows nothing but emptiness. Formats and notes do not exist here. */
export function updateCells(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  payload(given, at, ['rows', 'fields', 'start', 'range']);
  for (const path of fieldPaths(given, at)) {
    if (!['*', 'userEnteredValue'].includes(path)) throw unknownToFake(`the field ${path} of updateCells`);
  }
  const area = cellsToUpdate(spreadsheet, given, at);
  checkProtection(area);
  const rows = list(given, 'rows', at).map((row, index) => {
    const place = `${at}.rows[${index}]`;
    const { values } = payload(row, place, ['values']);
    return list({ values }, 'values', place).map((cell, column) =>
      cellData(cell, `${place}.values[${column}]`),
    );
  });
  const [height, width] = [area.bottom - area.top, area.right - area.left];
  if (rows.length > height) throw beyond('row', area.top + height);
  for (const row of rows) if (row.length > width) throw beyond('column', area.left + width);
  // A start says where rows begin, and nothing of cells without a value; a range covers all of its own.
  const covered = given.range === undefined ? rows.length : height;
  for (let index = 0; index < covered; index++) {
    const row = rows[index] ?? [];
    const length = given.range === undefined ? row.length : width;
    writeRow(
      area.sheet,
      area.top + index,
      area.left,
      Array.from({ length }, (_, column) => row[column] ?? ''),
    );
  }
}

function cellsToUpdate(spreadsheet: Spreadsheet, given: Payload, at: string): Area {
  if (given.range !== undefined) return gridArea(spreadsheet, gridRange(given.range, `${at}.range`));
  const place = `${at}.start`;
  const start = payload(given.start ?? {}, place, ['sheetId', 'rowIndex', 'columnIndex']);
  return gridArea(spreadsheet, {
    sheetId: integer(start, 'sheetId', place) ?? 0,
    startRowIndex: integer(start, 'rowIndex', place) ?? 0,
    startColumnIndex: integer(start, 'columnIndex', place) ?? 0,
  });
}

function cellData(value: unknown, at: string): Cell {
  const cell = payload(value, at, ['userEnteredValue', 'userEnteredFormat', 'note']);
  if (cell.userEnteredFormat !== undefined || cell.note !== undefined)
    throw unknownToFake('formats and notes of cells');
  const place = `${at}.userEnteredValue`;
  const names = ['stringValue', 'numberValue', 'boolValue', 'formulaValue'];
  const entered = payload(cell.userEnteredValue ?? {}, place, names);
  if (entered.formulaValue !== undefined) throw unknownToFake('formulas');
  const found =
    text(entered, 'stringValue', place) ??
    double(entered, 'numberValue', place) ??
    flag(entered, 'boolValue', place);
  checkCell(found);
  return found;
}

function beyond(what: 'row' | 'column', index: number): SheetsRefusal {
  return new SheetsRefusal(
    `Attempting to write ${what}: ${index}, beyond the last requested ${what} of: ${index - 1}`,
  );
}
