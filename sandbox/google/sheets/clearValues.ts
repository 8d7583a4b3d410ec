import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { type Method, type Opened, open } from './admit.ts';
import { areaOf, areaText, checkProtection, findRange } from './area.ts';
import { list, payload } from './payload.ts';
import { refusingAt } from './sheetsError.ts';
import { changeWhole, writeRow } from './spreadsheet.ts';
import { checkFields, selectFields, sheetsSchemas } from './spreadsheetResource.ts';
import { touch } from './spreadsheetRoutes.ts';

const clearMethod: Method = { name: 'ClearValues', operation: 'valuesClear', kind: 'write' };
const batchMethod: Method = { name: 'BatchClearValues', operation: 'valuesClear', kind: 'write' };

/** POST /v4/spreadsheets/ID/values/RANGE:clear */
export async function clearValues(
  state: GoogleState,
  exchange: Exchange,
  id: string,
  range: string,
): Promise<void> {
  const opened = await open(state, exchange, clearMethod, id);
  checkFields(exchange.fields, sheetsSchemas.clear);
  payload(opened.body, '', []);
  const [clearedRange] = clear(state, opened, [range]);
  const answer = { spreadsheetId: id, clearedRange };
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.clear));
}

/** POST /v4/spreadsheets/ID/values:batchClear: all ranges, or none. */
export async function batchClearValues(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const opened = await open(state, exchange, batchMethod, id);
  checkFields(exchange.fields, sheetsSchemas.clears);
  const ranges = list(payload(opened.body, '', ['ranges']), 'ranges', '').map(String);
  const clearedRanges = clear(state, opened, ranges);
  const answer = { spreadsheetId: id, ...(clearedRanges.length > 0 && { clearedRanges }) };
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.clears));
}

function clear(state: GoogleState, { spreadsheet, file }: Opened, ranges: readonly string[]): string[] {
  const cleared = changeWhole(spreadsheet, (copy) =>
    ranges.map((range, index) =>
      refusingAt(ranges.length > 1 ? `ranges[${index}]` : '', () => {
        // Cut like a range that is read (unconfirmed).
        const area = areaOf(findRange(copy, range), 'read');
        checkProtection(area);
        const empty = new Array<string>(area.right - area.left).fill('');
        for (let row = area.top; row < Math.min(area.bottom, area.sheet.rows.length); row++)
          writeRow(area.sheet, row, area.left, empty);
        return areaText(area);
      }),
    ),
  );
  touch(state, file);
  return cleared;
}
