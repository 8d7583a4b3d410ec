import { BackupError } from '../../crds/failureReason.ts';
import type { DriveAPI } from './driveApi.ts';

const folderType = 'application/vnd.google-apps.folder';

/**
 * Drive's clock and the folder's link. Throws FolderNotFound or NotAFolder unless it is a folder outside the bin to
 * which this account may add files.
 */
export async function inspectFolder(
  api: DriveAPI,
  folderID: string,
  signal: AbortSignal,
): Promise<{ now: Date; link?: string }> {
  const { data: folder, answer } = await api.call(
    { what: 'look at the folder', ofFolder: true },
    signal,
    (drive, options) =>
      drive.files.get(
        { fileId: folderID, fields: 'id,mimeType,trashed,webViewLink,capabilities(canAddChildren)' },
        options,
      ),
  );
  if (folder.mimeType !== folderType) {
    throw new BackupError(
      'NotAFolder',
      'The folder ID belongs to a file: take the ID from the address of the opened folder.',
    );
  }
  if (folder.trashed) {
    throw new BackupError(
      'FolderNotFound',
      'The folder is in the bin of the Drive: restore it or name another.',
    );
  }
  if (folder.capabilities?.canAddChildren === false) {
    throw new BackupError(
      'FolderNotFound',
      'This account may not add files to the folder: it needs to be an editor.',
    );
  }
  const date = Date.parse(answer.headers.date ?? '');
  if (Number.isNaN(date)) throw new BackupError('UploadFailed', 'Google Drive did not tell its time.');
  return { now: new Date(date), ...(folder.webViewLink ? { link: folder.webViewLink } : {}) };
}
