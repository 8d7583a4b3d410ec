import { BackupError, type FailureReason } from '../crds/failureReason.ts';
import type { FileFormat } from '../crds/runReport.ts';
import { ignoreContent, type ReadBack, readBack } from '../runner/content/readBack.ts';
import { ContentError } from '../runner/content/tableRows.ts';
import type { Destination } from '../runner/destinations/destination.ts';
import { clearName, isEncrypted } from '../runner/encryption/encryptedName.ts';
import type { Identities } from '../runner/encryption/identities.ts';
import { openedContent } from '../runner/encryption/openedContent.ts';
import type { ListedSet } from '../runner/sets/listedSet.ts';
import type { SetFile } from '../runner/sets/setFiles.ts';
import { countRows } from './content/countRows.ts';

/** What reading a file back showed. */
export interface FileVerdict {
  readonly name: string;
  readonly format: FileFormat;
  readonly ok: boolean;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Where they were counted and compared with the manifest. */
  readonly rows?: number | undefined;
  readonly reason?: FailureReason;
  readonly message?: string;
}

export interface Verification {
  readonly destination: Destination;
  readonly deep: boolean;
  /** What opens an encrypted set; without it size and checksum are all that is compared. */
  readonly identities?: Identities | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** Reads one file of a set whole and compares size, checksum and rows with the manifest. Throws only if aborted. */
export async function verifyFile(
  file: SetFile,
  { manifest }: Pick<ListedSet, 'manifest'>,
  { destination, deep, identities, onBytes }: Verification,
  signal: AbortSignal,
): Promise<FileVerdict> {
  const { name, format, stored } = file;
  const refuse = (reason: FailureReason, message: string, bytes = 0): FileVerdict => {
    return { name, format, ok: false, bytes, reason, message };
  };
  if (stored === undefined) return refuse('ChecksumMismatch', 'it is missing');
  const sealed = isEncrypted(name) && identities === undefined;
  const inside = { name: clearName(name), format };
  let found: ReadBack<number | undefined>;
  let mismatch: BackupError | undefined;
  try {
    found = await readBack(
      destination.read(stored.id, signal),
      async (content) => {
        if (sealed) return ignoreContent(content);
        const open = openedContent(name, identities)(content);
        try {
          return await (manifest ? countRows(inside, manifest, deep, open) : ignoreContent(open));
        } catch (error) {
          // A flipped byte of the header may look so too: the checksum tells.
          if (!(error instanceof BackupError) || error.reason !== 'IdentityMismatch') throw error;
          mismatch = error;
          return undefined;
        }
      },
      onBytes,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BackupError)) throw error;
    return refuse(error.reason, error.message);
  }
  const { bytes, sha256, content } = found;
  if (bytes !== file.bytes) {
    return refuse('ChecksumMismatch', `it has ${bytes} bytes instead of ${file.bytes}`, bytes);
  }
  if (file.sha256 !== undefined && sha256 !== file.sha256) {
    return refuse('ChecksumMismatch', 'it has other bytes than were written', bytes);
  }
  if (mismatch !== undefined) return refuse(mismatch.reason, mismatch.message, bytes);
  if (content.status === 'fulfilled') return { name, format, ok: true, bytes, rows: content.value };
  // The bytes are those that were written, so they were wrong from the start.
  if (content.reason instanceof ContentError) return refuse('Internal', content.reason.message, bytes);
  throw content.reason;
}
