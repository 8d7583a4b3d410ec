import { BackupError } from '../../crds/failureReason.ts';
import type { StoredFile } from './destination.ts';
import { type DriveFile, storedFile } from './driveFile.ts';

/** The file, if Drive reports the ID, size and SHA-256 that were sent; else ChecksumMismatch. No checksum is none. */
export function verifiedFile(
  file: DriveFile,
  id: string | undefined,
  bytes: number,
  sha256: string,
): StoredFile {
  const stored = storedFile(file);
  const wrong = difference(stored, id, bytes, sha256);
  if (wrong === undefined) return stored;
  throw new BackupError(
    'ChecksumMismatch',
    `Google Drive reports ${wrong} for ${stored.name}, so it is removed again.`,
  );
}

function difference(
  stored: StoredFile,
  id: string | undefined,
  bytes: number,
  sha256: string,
): string | undefined {
  if (stored.id !== id) return 'another ID';
  if (stored.bytes !== bytes) return `${stored.bytes} bytes instead of ${bytes}`;
  if (stored.sha256 === undefined) return 'no SHA-256 checksum';
  return stored.sha256 === sha256 ? undefined : 'another SHA-256 checksum';
}
