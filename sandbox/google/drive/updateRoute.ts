import { driveError, fileNotFound } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import type { AccessToken } from '../oauth/authorizations.ts';
import { applyFieldMask, checkFieldMask } from './fieldMask.ts';
import { defaultFileFields, fileSchema } from './fieldSchemas.ts';
import { type FileMetadata, fileMetadata, mergeProperties, parentFolder } from './fileMetadata.ts';
import { fileResource } from './fileResource.ts';
import { checkParameters } from './parameters.ts';
import type { StoredFile } from './storedFile.ts';

const parameters = ['addParents', 'enforceSingleParent', 'includeLabels', 'includePermissionsForView'].concat(
  ['keepRevisionForever', 'ocrLanguage', 'removeParents', 'supportsAllDrives', 'supportsTeamDrives'],
  ['useContentAsIndexableText'],
);

/** PATCH /drive/v3/files/ID: changes the metadata that is given, and the parent. */
export async function updateRoute(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  checkParameters(exchange, parameters);
  const token = authenticate(state, exchange, 'DriveFiles.Update', ['drive', 'drive.file', 'drive.metadata']);
  const name = state.drive.files.get(id)?.name;
  const change = fileMetadata(await exchange.text(), 'update');
  await exchange.enter('update', name === undefined ? {} : { name });
  const fields = exchange.fields;
  checkFieldMask(fields, fileSchema);
  const file = state.drive.find(id, token);
  if (file.id === state.drive.rootID) throw rootIsFixed();
  const parent = newParent(state, exchange, file, token);
  const appProperties = mergeProperties(
    file.appProperties.get(token.clientID) ?? {},
    change.appProperties ?? {},
  );
  const properties = mergeProperties(file.properties, change.properties ?? {});
  apply(file, change, state.now());
  file.parent = parent;
  file.appProperties.set(token.clientID, appProperties);
  file.properties = properties;
  const resource = fileResource(state, file, token);
  exchange.answerJSON(200, applyFieldMask(resource, fields ?? defaultFileFields, fileSchema));
}

function apply(file: StoredFile, change: FileMetadata, now: Date): void {
  if (change.name !== undefined) file.name = change.name;
  if (change.mimeType !== undefined && file.content) file.mimeType = change.mimeType;
  if (change.description !== undefined) file.description = change.description;
  if (change.originalFilename !== undefined) file.originalFilename = change.originalFilename;
  if (change.starred !== undefined) file.starred = change.starred;
  if (change.createdTime !== undefined) file.createdTime = change.createdTime;
  if (change.trashed === true) file.trashedTime ??= now;
  if (change.trashed === false) file.trashedTime = undefined;
  // Trashing and starring leave the time of the last change alone.
  const changed = Object.keys(change).some((key) => key !== 'trashed' && key !== 'starred');
  if (changed) file.modifiedTime = change.modifiedTime ?? now;
  file.version++;
}

function newParent(state: GoogleState, exchange: Exchange, file: StoredFile, token: AccessToken) {
  const { drive } = state;
  const add = ids(exchange.query.get('addParents'));
  const remove = ids(exchange.query.get('removeParents')).map((id) => (id === 'root' ? drive.rootID : id));
  for (const id of remove) if (id !== file.parent) throw fileNotFound(id);
  const [added] = add;
  if (added === undefined) {
    if (remove.length > 0) throw driveError(403, 'cannotRemoveParent', 'A file must have a parent.');
    return file.parent;
  }
  const parent = parentFolder(drive, added, token);
  // A file has exactly one parent: a new one only in exchange for the old.
  if (add.length > 1 || (parent !== file.parent && remove.length === 0))
    throw driveError(403, 'cannotAddParent', 'Increasing the number of parents is not allowed');
  for (let up: string | undefined = parent; up !== undefined; up = drive.files.get(up)?.parent)
    if (up === file.id)
      throw driveError(403, 'cyclicMembershipsNotAllowed', 'A folder cannot lie within itself.');
  return parent;
}

function ids(list: string | null): string[] {
  return (list ?? '').split(',').filter((id) => id !== '');
}

function rootIsFixed() {
  return driveError(
    403,
    'insufficientFilePermissions',
    'The user does not have sufficient permissions for this file.',
  );
}
