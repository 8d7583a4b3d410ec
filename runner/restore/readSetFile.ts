import { BackupError } from '../../crds/failureReason.ts';
import type { ManifestFile } from '../../crds/manifest.ts';
import { decompressed } from '../content/decompressed.ts';
import { readBack } from '../content/readBack.ts';
import { ContentError } from '../content/tableRows.ts';
import type { Destination } from '../destinations/destination.ts';

/** Where the files of a set are read. */
export interface SetSource {
  readonly destination: Destination;
  /** Is told the bytes as they arrive. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * The one place where a restore reads a file of a set: what `read` gets is the content, without the compression that
 * the name tells. Nothing is written to a disk. When `read` has ended, the rest of the file is read and the whole is
 * compared with the manifest: ChecksumMismatch if one byte differs, so the caller commits only after this.
 */
export async function readSetFile<T>(
  { destination, onBytes }: SetSource,
  file: Pick<ManifestFile, 'id' | 'name' | 'bytes' | 'sha256'>,
  read: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { bytes, sha256, content } = await readBack(
    destination.read(file.id, signal),
    (raw) => read(decompressed(file.name, raw)),
    onBytes,
  );
  signal.throwIfAborted();
  if (bytes !== file.bytes) {
    throw new BackupError(
      'ChecksumMismatch',
      `${file.name} arrived with ${bytes} bytes instead of ${file.bytes}: nothing of it was kept.`,
    );
  }
  if (sha256 !== file.sha256) {
    throw new BackupError(
      'ChecksumMismatch',
      `${file.name} arrived with other bytes than were written: nothing of it was kept.`,
    );
  }
  if (content.status === 'fulfilled') return content.value;
  const { reason } = content;
  if (!(reason instanceof ContentError)) throw reason;
  throw new BackupError(
    'RestoreFailed',
    `${file.name} holds what its format does not allow: ${reason.message}.`,
    {
      cause: reason,
    },
  );
}

/** The whole of a small file as text. */
export function readSetText(
  source: SetSource,
  file: Pick<ManifestFile, 'id' | 'name' | 'bytes' | 'sha256'>,
  signal: AbortSignal,
): Promise<string> {
  const collect = async (content: AsyncIterable<Uint8Array>) => {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString('utf8');
  };
  return readSetFile(source, file, collect, signal);
}
