import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { batchClearValues, clearValues } from './clearValues.ts';
import { batchGetValues, getValues } from './readValues.ts';
import { invalidArgument, sheetsError, unknownToFake } from './sheetsError.ts';
import { batchUpdate, createSpreadsheet, getSpreadsheet } from './spreadsheetRoutes.ts';
import { batchUpdateValues, updateValues } from './writeValues.ts';

type Answer = (state: GoogleState, exchange: Exchange, id: string, range: string) => Promise<void>;
type Route = readonly [method: string, rest: RegExp, answer: Answer];

// What follows the spreadsheet's ID; the range is the one variable part, and may have any character.
const routes: readonly Route[] = [
  ['GET', /^$/, getSpreadsheet],
  ['POST', /^:batchUpdate$/, batchUpdate],
  ['GET', /^\/values:batchGet$/, batchGetValues],
  ['POST', /^\/values:batchUpdate$/, batchUpdateValues],
  ['POST', /^\/values:batchClear$/, batchClearValues],
  ['POST', /^\/values\/([^/]+):clear$/, clearValues],
  [
    'POST',
    /^\/values\/([^/]+):append$/,
    async () => {
      throw unknownToFake('values.append, which doubles rows when it is sent again; write to fixed ranges');
    },
  ],
  ['GET', /^\/values\/([^/]+)$/, getValues],
  ['PUT', /^\/values\/([^/]+)$/, updateValues],
];

/** Answers everything below /v4/spreadsheets; methods of Sheets that the fake does not have are refused by name. */
export async function sheetsRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  const { method = '' } = exchange.request;
  const path = exchange.url.pathname.slice('/v4/spreadsheets'.length);
  if (path === '' && method === 'POST') return createSpreadsheet(state, exchange);
  const [, id, rest] = /^\/([^/:]+)(.*)$/.exec(path) ?? [];
  if (id === undefined || rest === undefined) throw sheetsError(404, 'Not Found');
  for (const [verb, pattern, answer] of routes) {
    const found = verb === method && pattern.exec(rest);
    if (found) return answer(state, exchange, decoded(id), decoded(found[1] ?? ''));
  }
  throw unknownToFake(`${method} of Sheets to such a path`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument('Request contains an invalid argument.');
  }
}
