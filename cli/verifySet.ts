import { BackupError, type FailureReason } from '../crds/failureReason.ts';
import type { FileFormat } from '../crds/runReport.ts';
import { ignoreContent, type ReadBack, readBack } from '../runner/content/readBack.ts';
import { ContentError } from '../runner/content/tableRows.ts';
import type { Destination } from '../runner/destinations/destination.ts';
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
  readonly onBytes: (bytes: number) => void;
}

/** Reads one file of a set whole and compares size, checksum and rows with the manifest. Throws only if aborted. */
export async function verifyFile(
  file: SetFile,
  { manifest }: Pick<ListedSet, 'manifest'>,
  { destination, deep, onBytes }: Verification,
  signal: AbortSignal,
): Promise<FileVerdict> {
  const { name, format, stored } = file;
  const refuse = (reason: FailureReason, message: string, bytes = 0): FileVerdict => {
    return { name, format, ok: false, bytes, reason, message };
  };
  if (stored === undefined) return refuse('ChecksumMismatch', 'it is missing');
  let found: ReadBack<number | undefined>;
  try {
    found = await readBack(
      destination.read(stored.id, signal),
      (content) => (manifest ? countRows(file, manifest, deep, content) : ignoreContent(content)),
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
  if (content.status === 'fulfilled') return { name, format, ok: true, bytes, rows: content.value };
  // The bytes are those that were written, so they were wrong from the start.
  if (content.reason instanceof ContentError) return refuse('Internal', content.reason.message, bytes);
  throw content.reason;
}
