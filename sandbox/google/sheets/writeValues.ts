import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { type Method, type Opened, open } from './admit.ts';
import { findRange } from './area.ts';
import { flag, list, type Payload, payload, text, word } from './payload.ts';
import { rendering } from './readValues.ts';
import { invalidArgument, refusingAt, unknownToFake } from './sheetsError.ts';
import { changeWhole } from './spreadsheet.ts';
import { checkFields, selectFields, sheetsSchemas } from './spreadsheetResource.ts';
import { touch } from './spreadsheetRoutes.ts';
import { updateCounts, updateTotals, type WrittenRange, writeRange } from './writeRange.ts';

const responseOptions = [
  'includeValuesInResponse',
  'responseValueRenderOption',
  'responseDateTimeRenderOption',
] as const;
const updateMethod: Method = {
  name: 'UpdateValues',
  operation: 'valuesUpdate',
  kind: 'write',
  parameters: ['valueInputOption', ...responseOptions],
};
const batchMethod: Method = { name: 'BatchUpdateValues', operation: 'valuesUpdate', kind: 'write' };
const valueRangeNames = ['range', 'majorDimension', 'values'];

/** PUT /v4/spreadsheets/ID/values/RANGE */
export async function updateValues(
  state: GoogleState,
  exchange: Exchange,
  id: string,
  range: string,
): Promise<void> {
  const opened = await open(state, exchange, updateMethod, id);
  const { update: form } = sheetsSchemas;
  checkFields(exchange.fields, form);
  const { query } = exchange;
  checkInputOption(query.get('valueInputOption'));
  const shown = response((name) => query.get(name), query.get('includeValuesInResponse') === 'true');
  const given = payload(opened.body, '', valueRangeNames);
  const own = text(given, 'range', '');
  const [written] = write(state, opened, [[given, range, 'values', '']], () => {
    if (own === undefined) return;
    const [asked, said] = [range, own].map((one) => findRange(opened.spreadsheet, one).text);
    if (asked !== said)
      throw invalidArgument(`Request range[${asked}] does not match value's range[${said}]`);
  });
  if (written === undefined) throw new Error('One range was written.');
  exchange.answerJSON(200, selectFields(answer(id, written, shown), exchange.fields, form));
}

/** POST /v4/spreadsheets/ID/values:batchUpdate: all ranges, or none. */
export async function batchUpdateValues(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const opened = await open(state, exchange, batchMethod, id);
  checkFields(exchange.fields, sheetsSchemas.updates);
  const given = payload(opened.body, '', ['valueInputOption', 'data', ...responseOptions]);
  checkInputOption(text(given, 'valueInputOption', ''));
  const option = (name: string) => text(given, name, '');
  const shown = response(option, flag(given, 'includeValuesInResponse', '') ?? false);
  const written = write(
    state,
    opened,
    list(given, 'data', '').map((item, index) => {
      const at = `data[${index}]`;
      const data = payload(item, at, valueRangeNames);
      return [data, text(data, 'range', at) ?? '', `${at}.values`, at];
    }),
  );
  const result = {
    spreadsheetId: id,
    ...updateTotals(written),
    ...(written.length > 0 && { responses: written.map((one) => answer(id, one, shown)) }),
  };
  exchange.answerJSON(200, selectFields(result, exchange.fields, sheetsSchemas.updates));
}

type Item = readonly [data: Payload, range: string, valuesAt: string, place: string];

function write(state: GoogleState, opened: Opened, items: readonly Item[], check = () => {}): WrittenRange[] {
  const { spreadsheet, file } = opened;
  const written = changeWhole(spreadsheet, (copy) =>
    items.map(([data, range, valuesAt, place]) =>
      refusingAt(place, () => {
        check();
        return writeRange(copy, range, data, valuesAt);
      }),
    ),
  );
  touch(state, file);
  return written;
}

/** USER_ENTERED would need Google's parser of dates, currencies and formulas: whoever sends it learns that it is missing. */
function checkInputOption(value: string | null | undefined): void {
  const options = ['INPUT_VALUE_OPTION_UNSPECIFIED', 'RAW', 'USER_ENTERED'] as const;
  const found = word(value, 'value_input_option', 'ValueInputOption', options);
  if (found === undefined || found === 'INPUT_VALUE_OPTION_UNSPECIFIED')
    throw invalidArgument("'valueInputOption' is required but not specified");
  if (found === 'USER_ENTERED') throw unknownToFake('how USER_ENTERED is parsed; send RAW');
}

type Shown = ReturnType<typeof rendering> | undefined;

function response(option: (name: string) => string | null | undefined, include: boolean): Shown {
  const how = rendering((name) => option(`response${name[0]?.toUpperCase()}${name.slice(1)}`), undefined);
  return include ? how : undefined;
}

function answer(spreadsheetId: string, written: WrittenRange, shown: Shown) {
  return {
    spreadsheetId,
    updatedRange: written.range,
    ...updateCounts(written),
    ...(shown && { updatedData: written.values(shown) }),
  };
}
