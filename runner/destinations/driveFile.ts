import { BackupError } from '../../crds/failureReason.ts';
import type { FileTags, StoredFile } from './destination.ts';

/** A file as Drive's JSON has it, as far as we ask for it. All are texts, numbers too. */
export interface DriveFile {
  readonly id?: string | null;
  readonly name?: string | null;
  readonly mimeType?: string | null;
  readonly size?: string | null;
  readonly sha256Checksum?: string | null;
  readonly createdTime?: string | null;
  readonly webViewLink?: string | null;
  readonly trashed?: boolean | null;
  readonly parents?: string[] | null;
  readonly appProperties?: Record<string, string> | null;
}

/** The fields that a DriveFile needs. */
export const driveFileFields =
  'id,name,mimeType,size,sha256Checksum,createdTime,webViewLink,trashed,parents,appProperties';

/** Folders, documents and shortcuts: no bytes of their own, so no backup files. */
export function isGoogleNative(file: DriveFile): boolean {
  return file.mimeType?.startsWith('application/vnd.google-apps.') ?? false;
}

/** The file as retention sees it; throws UploadFailed if Drive left out what every file has. */
export function storedFile(file: DriveFile): StoredFile {
  const bytes = Number(file.size ?? Number.NaN);
  const createdAt = new Date(file.createdTime ?? Number.NaN);
  if (
    !file.id ||
    typeof file.name !== 'string' ||
    !Number.isSafeInteger(bytes) ||
    Number.isNaN(createdAt.getTime())
  ) {
    throw new BackupError(
      'UploadFailed',
      'Google Drive described a file without ID, name, size or time of creation.',
    );
  }
  const tags = fileTags(file.appProperties);
  return {
    id: file.id,
    name: file.name,
    bytes,
    sha256: file.sha256Checksum?.toLowerCase() ?? undefined,
    createdAt,
    ...(file.webViewLink ? { link: file.webViewLink } : {}),
    ...(tags ? { tags } : {}),
  };
}

function fileTags(properties: Record<string, string> | null | undefined): FileTags | undefined {
  if (!properties) return undefined;
  const { owner, set, deadline } = properties;
  if (!owner || !set || !deadline) return undefined;
  return { owner, set, deadline };
}
