import { columnName } from './a1.ts';
import { type Area, areaOf, areaText, checkProtection, findRange } from './area.ts';
import { checkCell } from './cellValue.ts';
import { list, type Payload, text } from './payload.ts';
import { areaValues, majorDimension, type Rendering } from './readValues.ts';
import { invalidPayload, SheetsRefusal } from './sheetsError.ts';
import { type Spreadsheet, writeRow } from './spreadsheet.ts';

/** What one range of a write came to. */
export interface WrittenRange {
  readonly area: Area;
  readonly range: string;
  /** Zeros are left out, as Google does. */
  readonly counts: { updatedRows?: number; updatedColumns?: number; updatedCells?: number };
  /** The values as they are now. */
  values(how: Rendering): object;
}

/**
 * Writes a ValueRange. A range of one cell is where the values begin; every other one they must not leave. null leaves a
 * cell as it is and is not counted (the latter unconfirmed), the empty string empties it.
 */
export function writeRange(spreadsheet: Spreadsheet, range: string, data: Payload, at: string): WrittenRange {
  const rows = rowsOf(data, at);
  const found = findRange(spreadsheet, range);
  const bounds = areaOf(found, 'write');
  const { sheet, top, left } = bounds;
  const anchor = bounds.bottom - top === 1 && bounds.right - left === 1 && !range.includes(':');
  const [bottom, right] = anchor ? [sheet.rowCount, sheet.columnCount] : [bounds.bottom, bounds.right];
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (top + rows.length > bottom) throw outside(found.text, `row [${bottom + 1}]`);
  if (left + width > right) throw outside(found.text, `column [${columnName(right + 1)}]`);
  const area = { sheet, top, left, bottom: top + Math.max(rows.length, 1), right: left + Math.max(width, 1) };
  if (width > 0) checkProtection(area);
  rows.forEach((row, index) => {
    row.forEach(checkCell);
    if (row.length > 0) writeRow(sheet, top + index, left, row);
  });
  return {
    area: width > 0 ? area : bounds,
    range: areaText(width > 0 ? area : bounds),
    counts: counts(rows),
    values: (how) => areaValues(area, how),
  };
}

/** The counts of a whole batch: rows and columns that several ranges write count once. */
export function updateTotals(written: readonly WrittenRange[]) {
  const sheets = new Set<number>();
  const rows = new Set<string>();
  const columns = new Set<string>();
  let cells = 0;
  for (const { area, counts } of written) {
    if (counts.updatedCells === undefined) continue;
    const { id } = area.sheet;
    sheets.add(id);
    for (let row = area.top; row < area.bottom; row++) rows.add(`${id}:${row}`);
    for (let column = area.left; column < area.right; column++) columns.add(`${id}:${column}`);
    cells += counts.updatedCells;
  }
  if (cells === 0) return {};
  return {
    totalUpdatedRows: rows.size,
    totalUpdatedColumns: columns.size,
    totalUpdatedCells: cells,
    totalUpdatedSheets: sheets.size,
  };
}

function counts(rows: readonly (readonly unknown[])[]): WrittenRange['counts'] {
  const columns = new Set<number>();
  let [updatedRows, updatedCells] = [0, 0];
  for (const row of rows) {
    const before = updatedCells;
    row.forEach((value, column) => {
      if (value === null) return;
      updatedCells++;
      columns.add(column);
    });
    if (updatedCells > before) updatedRows++;
  }
  return updatedCells === 0 ? {} : { updatedRows, updatedColumns: columns.size, updatedCells };
}

function rowsOf(data: Payload, at: string): unknown[][] {
  const lines = list(data, 'values', at).map((line, index) => {
    if (Array.isArray(line)) return line.map((value, place) => checked(value, index, place));
    const type = 'type.googleapis.com/google.protobuf.ListValue';
    throw invalidPayload(at, `Invalid value at '${at}[${index}]' (${type}), ${JSON.stringify(line)}`);
  });
  if (majorDimension(text(data, 'majorDimension', at)) === 'ROWS') return lines;
  const height = lines.reduce((most, line) => Math.max(most, line.length), 0);
  return Array.from({ length: height }, (_, row) => lines.map((line) => line[row] ?? null));
}

function checked(value: unknown, line: number, place: number): unknown {
  // 1e400 is a number of JSON, but no double.
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new SheetsRefusal(`Invalid values[${line}][${place}]: not a number of 64 bits`);
  if (typeof value !== 'object' || value === null) return value;
  const kind = Array.isArray(value) ? 'list_value' : 'struct_value';
  throw new SheetsRefusal(`Invalid values[${line}][${place}]: ${kind} ${JSON.stringify(value)}`);
}

function outside(range: string, what: string): SheetsRefusal {
  return new SheetsRefusal(`Requested writing within range [${range}], but tried writing to ${what}`);
}
