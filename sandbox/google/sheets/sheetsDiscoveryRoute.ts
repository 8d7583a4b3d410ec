import { answers, type Parameter, pathParameter, queryParameter } from '../drive/discoveryRoute.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';

const scopes = ['drive', 'drive.file', 'spreadsheets'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
);
const spreadsheet = 'v4/spreadsheets/{spreadsheetId}';
const repeated = { ...queryParameter(), repeated: true };
const read = {
  majorDimension: queryParameter(),
  valueRenderOption: queryParameter(),
  dateTimeRenderOption: queryParameter(),
};

function method(
  name: string,
  httpMethod: string,
  path: string,
  response: string,
  own: Record<string, Parameter> = {},
) {
  const order = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
  return {
    id: `sheets.spreadsheets.${name}`,
    ...{ httpMethod, path, flatPath: path, scopes, parameterOrder: order },
    parameters: { ...Object.fromEntries(order.map((one) => [one, pathParameter])), ...own },
    ...(httpMethod === 'GET' ? {} : { request: { $ref: 'Body' } }),
    ...answers(response),
  };
}

const values = {
  get: method('values.get', 'GET', `${spreadsheet}/values/{range}`, 'Answer', read),
  batchGet: method('values.batchGet', 'GET', `${spreadsheet}/values:batchGet`, 'Answer', {
    ...read,
    ranges: repeated,
  }),
  update: method('values.update', 'PUT', `${spreadsheet}/values/{range}`, 'Answer', {
    valueInputOption: queryParameter(),
    includeValuesInResponse: queryParameter('boolean'),
    responseValueRenderOption: queryParameter(),
  }),
  batchUpdate: method('values.batchUpdate', 'POST', `${spreadsheet}/values:batchUpdate`, 'Answer'),
  clear: method('values.clear', 'POST', `${spreadsheet}/values/{range}:clear`, 'Answer'),
  batchClear: method('values.batchClear', 'POST', `${spreadsheet}/values:batchClear`, 'Answer'),
};

/** GET /discovery/v1/apis/sheets/v4/rest: the methods of Sheets that the fake has, as discoveryRoute has Drive's. */
export function sheetsDiscoveryRoute({ url }: GoogleState, exchange: Exchange): void {
  exchange.answerJSON(200, {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'sheets:v4',
    name: 'sheets',
    version: 'v4',
    title: 'Google Sheets API',
    protocol: 'rest',
    rootUrl: `${url}/`,
    servicePath: '',
    baseUrl: `${url}/`,
    basePath: '',
    batchPath: 'batch',
    auth: { oauth2: { scopes: Object.fromEntries(scopes.map((scope) => [scope, { description: scope }])) } },
    parameters: {
      fields: queryParameter(),
      alt: queryParameter(),
      prettyPrint: queryParameter('boolean'),
      quotaUser: queryParameter(),
    },
    schemas: Object.fromEntries(['Body', 'Answer'].map((id) => [id, { id, type: 'object', properties: {} }])),
    resources: {
      spreadsheets: {
        methods: {
          create: method('create', 'POST', 'v4/spreadsheets', 'Answer'),
          get: method('get', 'GET', spreadsheet, 'Answer', {
            ranges: repeated,
            includeGridData: queryParameter('boolean'),
          }),
          batchUpdate: method('batchUpdate', 'POST', `${spreadsheet}:batchUpdate`, 'Answer'),
        },
        resources: { values: { methods: values } },
      },
    },
  });
}
