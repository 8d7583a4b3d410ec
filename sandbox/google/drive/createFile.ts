import { driveError, invalidParameter, storageQuotaExceeded } from '../driveError.ts';
import type { GoogleState } from '../googleState.ts';
import type { AccessToken } from '../oauth/authorizations.ts';
import { newSpreadsheet, spreadsheetType } from '../sheets/spreadsheet.ts';
import type { Content } from './contentWriter.ts';
import { newFile } from './driveStore.ts';
import { type FileMetadata, mergeProperties, parentFolder } from './fileMetadata.ts';
import { folderType, type StoredFile } from './storedFile.ts';

const googleTypes = 'application/vnd.google-apps.';

/** Refuses what cannot become a file: a foreign or used ID, a bad parent, a content that Google would convert. */
export function checkNewFile(
  state: GoogleState,
  metadata: FileMetadata,
  token: AccessToken,
  withContent: boolean,
): void {
  const { drive } = state;
  parentFolder(drive, metadata.parents?.[0], token);
  mergeProperties({}, metadata.appProperties ?? {});
  const type = metadata.mimeType ?? '';
  if (type.startsWith(googleTypes)) {
    if (withContent) {
      // The real service converts here, and so stores something else than was sent.
      throw driveError(
        400,
        'badRequest',
        `The fake does not convert content to ${type}; send a real MIME type.`,
      );
    }
    if (type !== folderType && type !== spreadsheetType)
      throw driveError(400, 'badRequest', `The fake has no files of type ${type}.`);
  }
  if (metadata.id === undefined) return;
  if (drive.files.has(metadata.id)) throw idInUse();
  if (!drive.generatedIDs.has(metadata.id)) {
    throw driveError(400, 'invalid', 'The provided file ID is not usable.', {
      location: 'file.id',
      locationType: 'other',
    });
  }
}

/** Makes the file and lets the faults meant for new files strike. 409 where the ID was used meanwhile. */
export function createFile(
  state: GoogleState,
  metadata: FileMetadata,
  token: AccessToken,
  content: Content | undefined,
  contentType?: string,
  spreadsheet = metadata.mimeType === spreadsheetType ? newSpreadsheet() : undefined,
): StoredFile {
  const { drive } = state;
  if (metadata.id !== undefined && drive.files.has(metadata.id)) throw idInUse();
  const now = state.now();
  const name = metadata.name ?? 'Untitled';
  const file = newFile({
    id: metadata.id ?? drive.newID(),
    name,
    mimeType: metadata.mimeType ?? contentType ?? 'application/octet-stream',
    time: now,
    description: metadata.description,
    originalFilename: metadata.originalFilename,
    starred: metadata.starred ?? false,
    parent: parentFolder(drive, metadata.parents?.[0], token),
    createdBy: token.clientID,
    createdTime: metadata.createdTime ?? now,
    modifiedTime: metadata.modifiedTime ?? now,
    properties: mergeProperties({}, metadata.properties ?? {}),
    content,
    spreadsheet,
  });
  if (metadata.appProperties)
    file.appProperties.set(token.clientID, mergeProperties({}, metadata.appProperties));
  for (const fault of state.faults.forFile({ name })) {
    if (fault.effect === 'wrongChecksum') file.wrongChecksum = true;
    if (fault.effect === 'wrongSize') file.wrongSize = true;
    if (fault.effect === 'listingLag') file.unlisted = fault.lists;
  }
  return drive.add(file);
}

/** Refuses content that the account has no room for; `bytes` are those not stored as a file yet. */
export function checkQuota(state: GoogleState, bytes: number): void {
  const { storageLimit, usedElsewhere } = state.account;
  if (storageLimit === null) return;
  if (state.drive.usage().total + usedElsewhere + bytes > storageLimit) throw storageQuotaExceeded();
}

/** The `uploadType` of a request to the upload URI. */
export function uploadType(value: string | null): 'media' | 'multipart' | 'resumable' {
  if (value === 'media' || value === 'multipart' || value === 'resumable') return value;
  throw invalidParameter('uploadType', 'Invalid upload type.');
}

function idInUse() {
  return driveError(409, 'fileIdInUse', 'A file already exists with the provided ID.');
}
