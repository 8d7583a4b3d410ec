import { columnName } from './a1.ts';
import { type Area, areaOf, areaText, checkProtection, findRange } from './area.ts';
import { checkCell } from './cellValue.ts';
import { list, type Payload, text } from './payload.ts';
import { areaValues, majorDimension, type Rendering } from './readValues.ts';
import { invalidPayload, SheetsRefusal } from './sheetsError.ts';
import { type Sheet, type Spreadsheet, writeRow } from './spreadsheet.ts';

/** What one range of a write came to. */
export interface WrittenRange {
  readonly sheet: Sheet;
  readonly range: string;
  /** Indexes of the rows and columns where a cell was written, and how many cells were. */
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly cells: number;
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
  const { range: cells } = found;
  const anchor = cells.startRow !== undefined && cells.startColumn !== undefined && !/:[^!']*$/.test(range);
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
    sheet,
    range: areaText(width > 0 ? area : bounds),
    ...written(rows, area),
    values: (how) => areaValues(area, how),
  };
}

/** The counts of a write; zeros are left out, as Google does. */
export function updateCounts({ rows, columns, cells }: WrittenRange) {
  return cells > 0 ? { updatedRows: rows.size, updatedColumns: columns.size, updatedCells: cells } : {};
}

/** The counts of a whole batch: rows and columns that several ranges write count once. */
export function updateTotals(ranges: readonly WrittenRange[]) {
  const all = ranges.filter(({ cells }) => cells > 0);
  if (all.length === 0) return {};
  const places = (of: (range: WrittenRange) => ReadonlySet<number>) =>
    new Set(all.flatMap((range) => [...of(range)].map((index) => `${range.sheet.id}:${index}`))).size;
  return {
    totalUpdatedRows: places(({ rows }) => rows),
    totalUpdatedColumns: places(({ columns }) => columns),
    totalUpdatedCells: all.reduce((sum, { cells }) => sum + cells, 0),
    totalUpdatedSheets: new Set(all.map(({ sheet }) => sheet.id)).size,
  };
}

function written(values: readonly (readonly unknown[])[], { top, left }: Area) {
  const rows = new Set<number>();
  const columns = new Set<number>();
  let cells = 0;
  values.forEach((row, index) => {
    row.forEach((value, place) => {
      if (value === null) return;
      cells++;
      rows.add(top + index);
      columns.add(left + place);
    });
  });
  return { rows, columns, cells };
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
