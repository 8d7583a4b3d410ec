import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';

/** A parameter of a method, as a discovery document has it. */
export interface Parameter {
  type: 'string' | 'integer' | 'boolean';
  location: 'query' | 'path';
  required?: boolean;
}

/** A parameter of the query. */
export const queryParameter = (type: Parameter['type'] = 'string'): Parameter => ({
  type,
  location: 'query',
});
/** A part of the path. */
export const pathParameter: Parameter = { type: 'string', location: 'path', required: true };
const fileId = pathParameter;
const scopes = ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/drive.file'];

function method(
  name: string,
  httpMethod: string,
  path: string,
  parameters: Record<string, Parameter>,
  more: object = {},
) {
  const parameterOrder = Object.keys(parameters).filter((key) => parameters[key]?.location === 'path');
  return { id: `drive.${name}`, httpMethod, path, parameters, parameterOrder, scopes, ...more };
}

/** What a method answers with. */
export const answers = (schema: string) => ({ response: { $ref: schema } });
const file = { request: { $ref: 'File' }, ...answers('File') };
const listParameters = {
  q: queryParameter(),
  orderBy: queryParameter(),
  pageSize: queryParameter('integer'),
  pageToken: queryParameter(),
  spaces: queryParameter(),
};
// The clients need to know that these are objects, not what is in them.
const schemas = Object.fromEntries(
  ['About', 'File', 'FileList', 'GeneratedIds'].map((id) => [id, { id, type: 'object', properties: {} }]),
);

const media = {
  supportsMediaUpload: true,
  mediaUpload: {
    accept: ['*/*'],
    maxSize: '5242880000000',
    protocols: {
      simple: { multipart: true, path: '/upload/drive/v3/files' },
      resumable: { multipart: true, path: '/upload/drive/v3/files' },
    },
  },
};

/**
 * GET /discovery/v1/apis/drive/v3/rest: the methods that the fake has, for clients that build themselves from such
 * a document (google-api-python-client): https://developers.google.com/discovery/v1/reference/apis
 */
export function discoveryRoute(state: GoogleState, exchange: Exchange): void {
  const { url } = state;
  exchange.answerJSON(200, {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'drive:v3',
    name: 'drive',
    version: 'v3',
    title: 'Google Drive API',
    protocol: 'rest',
    rootUrl: `${url}/`,
    servicePath: 'drive/v3/',
    baseUrl: `${url}/drive/v3/`,
    basePath: '/drive/v3/',
    batchPath: 'batch/drive/v3',
    auth: { oauth2: { scopes: Object.fromEntries(scopes.map((scope) => [scope, { description: scope }])) } },
    parameters: {
      fields: queryParameter(),
      alt: queryParameter(),
      prettyPrint: queryParameter('boolean'),
      quotaUser: queryParameter(),
    },
    schemas,
    resources: {
      about: { methods: { get: method('about.get', 'GET', 'about', {}, answers('About')) } },
      files: {
        methods: {
          create: method('files.create', 'POST', 'files', {}, { ...file, ...media }),
          get: method(
            'files.get',
            'GET',
            'files/{fileId}',
            { fileId },
            { supportsMediaDownload: true, ...answers('File') },
          ),
          list: method('files.list', 'GET', 'files', listParameters, answers('FileList')),
          update: method(
            'files.update',
            'PATCH',
            'files/{fileId}',
            { fileId, addParents: queryParameter() },
            file,
          ),
          delete: method('files.delete', 'DELETE', 'files/{fileId}', { fileId }),
          generateIds: method(
            'files.generateIds',
            'GET',
            'files/generateIds',
            { count: queryParameter('integer') },
            answers('GeneratedIds'),
          ),
        },
      },
    },
  });
}
