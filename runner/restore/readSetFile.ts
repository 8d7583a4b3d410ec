import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { ManifestFile } from '../../crds/manifest.ts';
import { decompressed } from '../content/decompressed.ts';
import { readBack } from '../content/readBack.ts';
import { ContentError } from '../content/tableRows.ts';
import type { Destination } from '../destinations/destination.ts';
import { clearName } from '../encryption/encryptedName.ts';
import type { Identities } from '../encryption/identities.ts';
import { openedContent } from '../encryption/openedContent.ts';
import { restoreError } from './restoreError.ts';

/** Where the files of a set are read. */
export interface SetSource {
  readonly destination: Destination;
  /** What opens an encrypted set. */
  readonly identities?: Identities | undefined;
  /** Is told the bytes as they arrive. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * The one place where a restore reads a file of a set: what `read` gets is the content, without the encryption and
 * compression that the name tells. Nothing is written to a disk. When `read` has ended, also where PostgreSQL refused what it got, the rest
 * of the file is read and the whole is compared with the manifest: ChecksumMismatch if one byte differs. The caller
 * commits only after this.
 */
export async function readSetFile<T>(
  { destination, identities, onBytes }: SetSource,
  file: Pick<ManifestFile, 'id' | 'name' | 'bytes' | 'sha256'>,
  read: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const open = openedContent(file.name, identities);
  let refusal: { error: unknown } | undefined;
  const { bytes, sha256, content } = await readBack(
    destination.read(file.id, signal),
    (raw) =>
      read(decompressed(clearName(file.name), open(raw))).catch((error: unknown) => {
        // PostgreSQL may choke on what a flipped byte made of a value: then that is the reason.
        if (!blamesContent(error)) throw error;
        refusal = { error };
        return undefined;
      }),
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
  if (refusal !== undefined) throw refusal.error;
  if (content.status === 'fulfilled') return content.value as T;
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

/** What a flipped byte may look like: in a value, and in the header of an encrypted file. */
const contentReasons: ReadonlySet<FailureReason> = new Set([
  ...(['RestoreFailed', 'RowsDiffer', 'IdentityMismatch'] as const),
]);

function blamesContent(error: unknown): boolean {
  const named = restoreError(error, 'reading');
  return named instanceof BackupError && contentReasons.has(named.reason);
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
