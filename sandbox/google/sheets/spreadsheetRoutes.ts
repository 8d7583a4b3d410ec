import { createFile } from '../drive/createFile.ts';
import type { StoredFile } from '../drive/storedFile.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { admit, type Method, open } from './admit.ts';
import { findRange } from './area.ts';
import { applyRequests } from './changes/applyRequests.ts';
import { addSheet, sheetPropertyNames } from './changes/sheetChanges.ts';
import { flag, list, payload, text } from './payload.ts';
import { invalidArgument, refusingAt, unknownToFake } from './sheetsError.ts';
import { changeWhole, newSpreadsheet, type Spreadsheet, spreadsheetType } from './spreadsheet.ts';
import { checkFields, selectFields, sheetsSchemas, spreadsheetResource } from './spreadsheetResource.ts';

const getMethod: Method = {
  name: 'GetSpreadsheet',
  operation: 'spreadsheetGet',
  kind: 'read',
  parameters: ['ranges', 'includeGridData', 'excludeTablesInBandedRanges'],
};
const createMethod: Method = { name: 'CreateSpreadsheet', operation: 'spreadsheetCreate', kind: 'write' };
const updateMethod: Method = {
  name: 'BatchUpdateSpreadsheet',
  operation: 'spreadsheetUpdate',
  kind: 'write',
};

/** GET /v4/spreadsheets/ID: the tabs without their cells; with `ranges` only the tabs of these. */
export async function getSpreadsheet(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const { file, spreadsheet } = await open(state, exchange, getMethod, id);
  const { spreadsheet: form } = sheetsSchemas;
  checkFields(exchange.fields, form);
  // A field mask takes the place of includeGridData.
  if (exchange.fields === null && exchange.query.get('includeGridData') === 'true')
    throw unknownToFake('includeGridData; values.get has the cells');
  const ranges = exchange.query.getAll('ranges');
  const tabs = ranges.map((range) => refusingAt('', () => findRange(spreadsheet, range)).sheet);
  const answer = spreadsheetResource(
    state,
    file,
    spreadsheet,
    (sheet) => ranges.length === 0 || tabs.includes(sheet),
  );
  exchange.answerJSON(200, selectFields(answer, exchange.fields, form));
}

/** POST /v4/spreadsheets: a new spreadsheet, in the root of the Drive. */
export async function createSpreadsheet(state: GoogleState, exchange: Exchange): Promise<void> {
  const { token, body } = await admit(state, exchange, createMethod);
  checkFields(exchange.fields, sheetsSchemas.spreadsheet);
  const given = payload(body, '', ['properties', 'sheets']);
  const properties = payload(given.properties ?? {}, 'properties', ['title', 'locale', 'timeZone']);
  const tabs = list(given, 'sheets', '').map((sheet, index) => {
    const at = `sheets[${index}]`;
    const { data, properties: tab } = payload(sheet, at, ['properties', 'data']);
    if (data !== undefined) throw unknownToFake('cells of a spreadsheet that is just being made');
    return payload(tab ?? {}, `${at}.properties`, sheetPropertyNames);
  });
  const spreadsheet: Spreadsheet = newSpreadsheet({
    locale: text(properties, 'locale', 'properties') ?? 'en_US',
    timeZone: text(properties, 'timeZone', 'properties') ?? 'Etc/GMT',
    ...(tabs.length > 0 && { sheets: [] }),
  });
  tabs.forEach((tab, index) => {
    refusingAt(`sheets[${index}]`, () => addSheet(spreadsheet, tab, `sheets[${index}].properties`));
  });
  const name = text(properties, 'title', 'properties') || 'Untitled spreadsheet';
  const file = createFile(
    state,
    { name, mimeType: spreadsheetType },
    token,
    undefined,
    undefined,
    spreadsheet,
  );
  const answer = spreadsheetResource(state, file, spreadsheet);
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.spreadsheet));
}

/** POST /v4/spreadsheets/ID:batchUpdate: all the changes, or none. */
export async function batchUpdate(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  const { file, spreadsheet, body } = await open(state, exchange, updateMethod, id);
  checkFields(exchange.fields, sheetsSchemas.batchUpdate);
  const given = payload(body, '', [
    'requests',
    'includeSpreadsheetInResponse',
    'responseRanges',
    'responseIncludeGridData',
  ]);
  if (flag(given, 'responseIncludeGridData', '') || list(given, 'responseRanges', '').length > 0)
    throw unknownToFake('cells in the answer of a batchUpdate');
  const requests = list(given, 'requests', '');
  if (requests.length === 0) throw invalidArgument('Must specify at least one request.');
  const replies = changeWhole(spreadsheet, (copy) => applyRequests(copy, requests));
  touch(state, file);
  const answer = {
    spreadsheetId: file.id,
    replies,
    ...(flag(given, 'includeSpreadsheetInResponse', '') && {
      updatedSpreadsheet: spreadsheetResource(state, file, spreadsheet),
    }),
  };
  exchange.answerJSON(200, selectFields(answer, exchange.fields, sheetsSchemas.batchUpdate));
}

/** A change of cells is a change of the file. */
export function touch(state: GoogleState, file: StoredFile): void {
  file.modifiedTime = state.now();
  file.version++;
}
