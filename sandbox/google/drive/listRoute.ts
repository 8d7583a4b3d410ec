import { randomBytes } from 'node:crypto';
import { driveError, fileNotFound, invalidParameter } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import type { AccessToken } from '../oauth/authorizations.ts';
import { applyFieldMask } from './fieldMask.ts';
import { defaultListFields, fileListSchema } from './fieldSchemas.ts';
import { fileOrder } from './fileOrder.ts';
import { fileResource } from './fileResource.ts';
import { parentsOf, parseListQuery } from './listQuery.ts';
import { matchesQuery } from './matchesQuery.ts';
import { checkParameters, integerParameter } from './parameters.ts';
import type { StoredFile } from './storedFile.ts';

const parameters = ['corpora', 'corpus', 'driveId', 'includeItemsFromAllDrives', 'includeLabels'].concat(
  ['includePermissionsForView', 'includeTeamDriveItems', 'orderBy', 'pageSize', 'pageToken', 'q'],
  ['spaces', 'supportsAllDrives', 'supportsTeamDrives', 'teamDriveId'],
);
const scopes = ['drive', 'drive.file', 'drive.readonly', 'drive.metadata', 'drive.metadata.readonly'];

/** GET /drive/v3/files: one page of what this app may see. */
export async function listRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  const token = authenticate(state, exchange, 'DriveFiles.List', scopes);
  const { query } = exchange;
  const pageToken = query.get('pageToken');
  const continued = pageToken === null ? undefined : state.drive.pages.get(pageToken);
  const page = continued === undefined ? 1 : continued.page;
  const faults = await exchange.enter('list', { page });
  checkParameters(exchange, parameters);
  checkCorpora(exchange);
  const pageSize = integerParameter(exchange, 'pageSize', 100, 1000);
  const identity = JSON.stringify([query.get('q'), query.get('orderBy'), token.clientID]);
  // A page token belongs to its query.
  if (pageToken !== null && continued?.query !== identity)
    throw invalidParameter('pageToken', 'Invalid Value', 'invalid');
  const ids = continued ? continued.ids : search(state, exchange, token);
  const files = ids
    .slice(0, pageSize)
    .map((id) => state.drive.files.get(id))
    .filter((file): file is StoredFile => file !== undefined);
  const rest = ids.slice(pageSize);
  const resource = {
    kind: 'drive#fileList',
    incompleteSearch: faults.incompleteSearch,
    nextPageToken: rest.length > 0 ? nextPage(state, identity, rest, page + 1) : undefined,
    files: files.map((file) => fileResource(state, file, token)),
  };
  exchange.answerJSON(200, applyFieldMask(resource, exchange.fields ?? defaultListFields, fileListSchema));
}

function search(state: GoogleState, exchange: Exchange, token: AccessToken): string[] {
  const { drive } = state;
  const q = exchange.query.get('q');
  const query = q === null || q === '' ? undefined : parseListQuery(q);
  for (const id of query ? parentsOf(query) : []) {
    const parent = drive.files.get(id);
    // A folder out of sight is an error, not an empty list. The real message may name no ID; unconfirmed.
    if (id !== 'root' && id !== drive.rootID && !(parent && drive.visible(parent, token)))
      throw fileNotFound(id);
  }
  const order = fileOrder(exchange.query.get('orderBy'));
  const found: StoredFile[] = [];
  for (const file of drive.files.values()) {
    if (file.id === drive.rootID || !drive.visible(file, token)) continue;
    if (query && !matchesQuery(query, file, drive, token)) continue;
    if (file.unlisted > 0) file.unlisted--;
    else found.push(file);
  }
  return found.sort(order).map((file) => file.id);
}

function nextPage(state: GoogleState, query: string, ids: readonly string[], page: number): string {
  const token = `~!!~${randomBytes(36).toString('base64url')}`;
  state.drive.pages.set(token, { query, ids, page });
  return token;
}

function checkCorpora(exchange: Exchange): void {
  const spaces = exchange.query.get('spaces') ?? 'drive';
  if (spaces === 'appDataFolder') {
    throw driveError(
      403,
      'insufficientScopes',
      'The granted scopes do not give access to all of the requested spaces.',
      {
        location: 'spaces',
        locationType: 'parameter',
      },
    );
  }
  if (spaces !== 'drive') throw invalidParameter('spaces', 'Invalid Value', 'invalid');
  const corpora = exchange.query.get('corpora') ?? 'user';
  if (corpora === 'user') return;
  if (corpora !== 'allDrives') throw invalidParameter('corpora', 'Invalid Value', 'invalid');
  for (const name of ['includeItemsFromAllDrives', 'supportsAllDrives'])
    if (exchange.query.get(name) !== 'true')
      throw invalidParameter(name, `${name} must be true for corpora allDrives.`, 'invalid');
}
