import { BackupError } from '../../crds/failureReason.ts';
import type { StoredFile } from './destination.ts';
import type { DriveAPI } from './driveApi.ts';
import { type DriveFile, driveFileFields, isGoogleNative, storedFile } from './driveFile.ts';

/**
 * All files of the folder that are not in the bin, each once. Throws if any page fails, is incomplete or comes again:
 * a part of the listing must never be taken for the whole.
 * https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
 */
export async function listFolder(
  api: DriveAPI,
  folderID: string,
  pageSize: number,
  signal: AbortSignal,
): Promise<StoredFile[]> {
  const files = new Map<string, StoredFile>();
  const seen = new Set<string>();
  let pageToken: string | undefined;
  do {
    const page = await listPage(api, folderID, pageSize, pageToken, signal);
    for (const file of page.files) files.set(file.id, file);
    pageToken = page.nextPageToken;
    if (pageToken !== undefined && seen.has(pageToken)) {
      throw new BackupError('UploadFailed', 'Google Drive lists the folder in a circle.');
    }
    if (pageToken !== undefined) seen.add(pageToken);
  } while (pageToken !== undefined);
  return [...files.values()];
}

async function listPage(
  api: DriveAPI,
  folderID: string,
  pageSize: number,
  pageToken: string | undefined,
  signal: AbortSignal,
): Promise<{ files: StoredFile[]; nextPageToken: string | undefined }> {
  const { data } = await api.call({ what: 'list the folder', ofFolder: true }, signal, (drive, options) =>
    drive.files.list(
      {
        q: `'${escapeQuery(folderID)}' in parents and trashed=false`,
        fields: `nextPageToken,incompleteSearch,files(${driveFileFields})`,
        pageSize,
        spaces: 'drive',
        ...(pageToken === undefined ? {} : { pageToken }),
      },
      options,
    ),
  );
  if (data.incompleteSearch || !Array.isArray(data.files)) {
    throw new BackupError('UploadFailed', 'Google Drive gave an incomplete listing of the folder.');
  }
  const files = data.files.filter((file: DriveFile) => !isGoogleNative(file)).map(storedFile);
  return { files, nextPageToken: data.nextPageToken ?? undefined };
}

/** A text inside the quotes of a search query. */
function escapeQuery(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}
