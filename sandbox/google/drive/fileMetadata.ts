import { type DriveErrorDetails, driveError, fileNotFound } from '../driveError.ts';
import type { Grant } from '../oauth/authorizations.ts';
import type { DriveStore } from './driveStore.ts';
import { fileSchema } from './fieldSchemas.ts';
import { folderType } from './storedFile.ts';

/** What a client may say of a file; checked, but not yet applied. */
export interface FileMetadata {
  id?: string;
  name?: string;
  mimeType?: string;
  description?: string;
  originalFilename?: string;
  starred?: boolean;
  trashed?: boolean;
  parents?: string[];
  createdTime?: Date;
  modifiedTime?: Date;
  appProperties?: Record<string, string | null>;
  properties?: Record<string, string | null>;
}

const text = ['name', 'mimeType', 'description', 'originalFilename'] as const;
const flags = ['starred', 'trashed'] as const;
const times = ['createdTime', 'modifiedTime'] as const;
const maps = ['appProperties', 'properties'] as const;
// Drive takes these from a client, the fake has no use for them.
const ignored = [
  'kind',
  'contentHints',
  'copyRequiresWriterPermission',
  'folderColorRgb',
  'viewedByMeTime',
  'viewersCanCopyContent',
  'writersCanShare',
];

/** Parses and checks the JSON of files.create or files.update. */
export function fileMetadata(json: string, method: 'create' | 'update'): FileMetadata {
  const given = parse(json);
  const known = new Set<string>([...text, ...flags, ...times, ...maps, ...ignored]);
  if (method === 'create') known.add('id').add('parents').delete('trashed');
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue;
    if (!fileSchema.has(name))
      throw bad(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    throw driveError(403, 'fieldNotWritable', fieldNotWritable(name, method));
  }
  const metadata: FileMetadata = {};
  for (const name of text) if (given[name] != null) metadata[name] = string(name, given[name]);
  for (const name of flags) {
    const value = given[name];
    if (value == null) continue;
    if (typeof value !== 'boolean') throw bad(`Invalid value at '${name}' (TYPE_BOOL)`);
    metadata[name] = value;
  }
  for (const name of times) if (given[name] != null) metadata[name] = time(name, given[name]);
  for (const name of maps) if (given[name] != null) metadata[name] = properties(name, given[name]);
  if (given.id != null) metadata.id = string('id', given.id);
  if (given.parents != null) metadata.parents = parents(given.parents);
  return metadata;
}

/** The folder a new or moved file goes to; 404 where it is out of sight, 403 where it is a file. */
export function parentFolder(drive: DriveStore, id: string | undefined, grant: Grant): string {
  // Every app may put files into the root, also one that cannot see it.
  if (id === undefined || id === 'root' || id === drive.rootID) return drive.rootID;
  const parent = drive.files.get(id);
  if (!parent || !drive.visible(parent, grant)) throw fileNotFound(id);
  if (parent.mimeType !== folderType)
    throw driveError(403, 'parentNotAFolder', 'The specified parent is not a folder.');
  return parent.id;
}

/** Merges properties: null deletes a key; more than 30 are refused. */
export function mergeProperties(
  old: Record<string, string>,
  change: Record<string, string | null>,
): Record<string, string> {
  const merged: Record<string, string | null> = { ...old, ...change };
  const left = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
  // https://developers.google.com/drive/api/guides/properties: 30 private ones per file from any one app.
  if (left.length > 30) throw limitExceeded('The maximum number of properties for this file was exceeded.');
  return Object.fromEntries(left);
}

function parse(json: string): Record<string, unknown> {
  if (json.trim() === '') return {};
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    throw driveError(400, 'parseError', 'Parse Error');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw bad('Invalid JSON payload received.');
  return given as Record<string, unknown>;
}

function fieldNotWritable(name: string, method: 'create' | 'update'): string {
  return name === 'parents' && method === 'update'
    ? 'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.'
    : 'The resource body includes fields which are not directly writable.';
}

function properties(field: string, given: unknown): Record<string, string | null> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw bad(`Invalid value at '${field}'`);
  for (const [key, value] of Object.entries(given)) {
    if (value !== null && typeof value !== 'string') throw bad(`Invalid value at '${field}' (TYPE_STRING)`);
    if (key === '') throw bad(`Invalid value at '${field}': a key is empty.`);
    // Key and value together, in UTF-8.
    if (Buffer.byteLength(key) + Buffer.byteLength(value ?? '') > 124)
      throw limitExceeded('The maximum length of the property key and value was exceeded.');
  }
  return { ...given } as Record<string, string | null>;
}

function parents(given: unknown): string[] {
  if (!Array.isArray(given)) throw bad("Invalid value at 'parents'");
  const ids = given.map((id) => string('parents', id));
  if (ids.length > 1)
    throw driveError(403, 'cannotAddParent', 'Increasing the number of parents is not allowed');
  return ids;
}

function string(field: string, value: unknown): string {
  if (typeof value !== 'string') throw bad(`Invalid value at '${field}' (TYPE_STRING)`);
  return value;
}

function time(field: string, value: unknown): Date {
  const given = string(field, value);
  const date = new Date(given);
  if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(given) ||
    Number.isNaN(date.getTime())
  )
    throw bad(`Invalid value for: Invalid format: "${given}"`, { location: field, locationType: 'other' });
  return date;
}

function bad(message: string, details: DriveErrorDetails = {}) {
  return driveError(400, 'invalid', message, details);
}

function limitExceeded(message: string) {
  return driveError(403, 'propertyLimitExceeded', message);
}
