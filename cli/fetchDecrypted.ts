import { createHash } from 'node:crypto';
import { BackupError } from '../crds/failureReason.ts';
import { ContentError } from '../runner/content/tableRows.ts';
import { decrypted } from '../runner/encryption/decrypted.ts';
import { clearName } from '../runner/encryption/encryptedName.ts';
import type { Identities } from '../runner/encryption/identities.ts';
import { type SavedFile, saveFile } from './saveFile.ts';

export interface EncryptedFile {
  readonly folder: string;
  readonly name: string;
  readonly identities: Identities;
  /** Throws where the encrypted file is not the one that was written. */
  readonly accept: (arrived: SavedFile) => void;
  /** Is told the bytes of the encrypted file as they arrive. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Saves an encrypted file in clear, under its name without .age: only when it was whole and authentic to its end, and had the
 * checksum of the manifest. What it gives is the file on the disk. Throws IdentityMismatch, ChecksumMismatch, and as saveFile.
 */
export async function fetchDecrypted(
  { folder, name, identities, accept, onBytes }: EncryptedFile,
  content: AsyncIterable<Uint8Array>,
): Promise<SavedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const arriving = async function* () {
    for await (const part of content) {
      hash.update(part);
      bytes += part.length;
      onBytes(part.length);
      yield part;
    }
  };
  const file = {
    folder,
    name: clearName(name),
    accept: () => accept({ bytes, sha256: hash.digest('hex') }),
    onBytes: () => {},
  };
  try {
    return await saveFile(file, decrypted(name, arriving(), identities));
  } catch (cause) {
    if (!(cause instanceof ContentError)) throw cause;
    throw new BackupError(
      'ChecksumMismatch',
      `${name} cannot be decrypted: ${cause.message}. Without --identity it is fetched as it is.`,
      { cause },
    );
  }
}
