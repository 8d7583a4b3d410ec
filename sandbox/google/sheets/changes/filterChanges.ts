import { type Area, gridArea, gridRange, sheetByID } from '../area.ts';
import { shownValue } from '../cellValue.ts';
import { anyPayload, integer, list, type Payload, payload } from '../payload.ts';
import { unknownToFake } from '../sheetsError.ts';
import type { BasicFilter, GridRange, Sheet, Spreadsheet } from '../spreadsheet.ts';

/** setBasicFilter: a filter of the whole tab that hides rows by values of their cells; other conditions the fake lacks. */
export function setBasicFilter(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  const place = `${at}.filter`;
  const filter = payload(payload(given, at, ['filter']).filter ?? {}, place, [
    'range',
    'criteria',
    'filterSpecs',
  ]);
  const range = gridRange(filter.range ?? {}, `${place}.range`);
  const { sheet } = gridArea(spreadsheet, range);
  // Both are in the answers; filterSpecs counts.
  const filterSpecs = list(filter, 'filterSpecs', place).map((spec, index) => {
    const where = `${place}.filterSpecs[${index}]`;
    const { columnIndex, filterCriteria } = payload(spec, where, ['columnIndex', 'filterCriteria']);
    return {
      columnIndex: integer({ columnIndex }, 'columnIndex', where) ?? 0,
      filterCriteria: { hiddenValues: hiddenValues(filterCriteria, `${where}.filterCriteria`) },
    };
  });
  const criteria = Object.entries(anyPayload(filter.criteria ?? {}, `${place}.criteria`)).map(
    ([column, one]) => ({
      columnIndex: Number(column),
      filterCriteria: { hiddenValues: hiddenValues(one, `${place}.criteria`) },
    }),
  );
  const specs = filterSpecs.length > 0 ? filterSpecs : criteria;
  sheet.basicFilter = { range, filterSpecs: specs, hidden: hiddenRows(sheet, range, specs) };
}

/** clearBasicFilter: all rows are shown again. */
export function clearBasicFilter(spreadsheet: Spreadsheet, given: Payload, at: string): undefined {
  const sheetId = integer(payload(given, at, ['sheetId']), 'sheetId', at) ?? 0;
  sheetByID(spreadsheet, sheetId, 'sheet').basicFilter = undefined;
}

/** The filter as Google's JSON shows it: its criteria in the old form, too. */
export function filterResource({ range, filterSpecs }: BasicFilter) {
  const criteria = filterSpecs.map(({ columnIndex, filterCriteria }) => [columnIndex, filterCriteria]);
  return { range, criteria: Object.fromEntries(criteria), filterSpecs };
}

/**
 * The rows of an area that a paste goes to: those that the filter hides are passed over, as in the browser (for the API known
 * of pasteData, googleapis/google-api-php-client-services#329; for copyPaste unconfirmed).
 */
export function pastedRows({ sheet, top }: Area, count: number): number[] {
  const hidden = sheet.basicFilter?.hidden;
  const rows: number[] = [];
  for (let row = top; rows.length < count; row++) if (!hidden?.has(row)) rows.push(row);
  return rows;
}

/** The first row of a filter is its header. That values which change later hide or show no row is unconfirmed. */
function hiddenRows(
  { rows, rowCount }: Sheet,
  { startRowIndex = 0, endRowIndex = rowCount }: GridRange,
  specs: BasicFilter['filterSpecs'],
): ReadonlySet<number> {
  const hidden = new Set<number>();
  for (let row = startRowIndex + 1; row < endRowIndex; row++) {
    const isHidden = specs.some(({ columnIndex, filterCriteria }) =>
      filterCriteria.hiddenValues.includes(String(shownValue(rows[row]?.[columnIndex], 'FORMATTED_VALUE'))),
    );
    if (isHidden) hidden.add(row);
  }
  return hidden;
}

function hiddenValues(given: unknown, at: string): string[] {
  const { condition, ...rest } = payload(given ?? {}, at, ['hiddenValues', 'condition']);
  if (condition !== undefined) throw unknownToFake('conditions of a filter; hiddenValues it knows');
  return list(rest, 'hiddenValues', at).map(String);
}
