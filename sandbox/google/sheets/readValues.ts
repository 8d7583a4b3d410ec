import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { type Method, open } from './admit.ts';
import { type Area, areaOf, areaText, findRange } from './area.ts';
import { shownValue, type ValueRender } from './cellValue.ts';
import { word } from './payload.ts';
import { refusingAt } from './sheetsError.ts';
import type { Spreadsheet } from './spreadsheet.ts';
import { checkFields, selectFields, sheetsSchemas } from './spreadsheetResource.ts';

const parameters = ['majorDimension', 'valueRenderOption', 'dateTimeRenderOption'];
const getMethod: Method = { name: 'GetValues', operation: 'valuesGet', kind: 'read', parameters };
const batchMethod: Method = {
  name: 'BatchGetValues',
  operation: 'valuesGet',
  kind: 'read',
  parameters: [...parameters, 'ranges'],
};

/** Rows or columns first. */
export type MajorDimension = 'ROWS' | 'COLUMNS';

/** How an answer shows values. There are no dates in the fake, but their option is checked. */
export interface Rendering {
  readonly major: MajorDimension;
  readonly render: ValueRender;
}

/** GET /v4/spreadsheets/ID/values/RANGE */
export async function getValues(
  state: GoogleState,
  exchange: Exchange,
  id: string,
  range: string,
): Promise<void> {
  const { spreadsheet } = await open(state, exchange, getMethod, id);
  checkFields(exchange.fields, sheetsSchemas.valueRange);
  const answer = refusingAt('', () => valueRange(spreadsheet, range, queryRendering(exchange)));
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.valueRange));
}

/** GET /v4/spreadsheets/ID/values:batchGet */
export async function batchGetValues(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const { spreadsheet } = await open(state, exchange, batchMethod, id);
  checkFields(exchange.fields, sheetsSchemas.valueRanges);
  const rendering = queryRendering(exchange);
  const valueRanges = exchange.query
    .getAll('ranges')
    .map((range) => refusingAt('', () => valueRange(spreadsheet, range, rendering)));
  const answer = { spreadsheetId: id, ...(valueRanges.length > 0 && { valueRanges }) };
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.valueRanges));
}

/** Checks the three options of an answer with values; `prefix` is `response` where they stand for that of a write. */
export function rendering(
  option: (name: string) => string | null | undefined,
  major: string | null | undefined,
): Rendering {
  const renders = ['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA'] as const;
  const dates = ['SERIAL_NUMBER', 'FORMATTED_STRING'] as const;
  word(option('dateTimeRenderOption'), 'date_time_render_option', 'DateTimeRenderOption', dates);
  return {
    major: majorDimension(major),
    render:
      word(option('valueRenderOption'), 'value_render_option', 'ValueRenderOption', renders) ??
      'FORMATTED_VALUE',
  };
}

/** Rows, if nothing else is said. */
export function majorDimension(value: string | null | undefined): MajorDimension {
  return word(value, 'major_dimension', 'Dimension', ['ROWS', 'COLUMNS'] as const) ?? 'ROWS';
}

function queryRendering({ query }: Exchange): Rendering {
  return rendering((name) => query.get(name), query.get('majorDimension'));
}

function valueRange(spreadsheet: Spreadsheet, text: string, how: Rendering) {
  return areaValues(areaOf(findRange(spreadsheet, text), 'read'), how);
}

/** The values of an area without its empty ends; without any, there is no list. */
export function areaValues(area: Area, { major, render }: Rendering) {
  // Array.from, since the list has holes where no row was ever written.
  const rows = Array.from(area.sheet.rows.slice(area.top, area.bottom), (row = []) =>
    row.slice(area.left, area.right).map((cell) => shownValue(cell, render)),
  );
  const values = (major === 'ROWS' ? rows : transposed(rows)).map(withoutBlankEnd);
  while (values.length > 0 && values.at(-1)?.length === 0) values.pop();
  return { range: areaText(area), majorDimension: major, ...(values.length > 0 && { values }) };
}

function withoutBlankEnd<T>(values: readonly T[]): T[] {
  return values.slice(0, values.findLastIndex((value) => value !== '') + 1);
}

/** Columns for rows; where one is too short, the empty string. */
function transposed<T>(rows: readonly (readonly T[])[]): (T | '')[][] {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? ''));
}
