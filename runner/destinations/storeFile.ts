import { BackupError } from '../../crds/failureReason.ts';
import type { Destination, NewFile, StoredFile } from './destination.ts';

/** Bytes that can be read from the start as often as needed: a staged file. */
export interface FileSource {
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Stores a staged file. Where a streamed upload has to give up, because its session is gone or the checksum differs,
 * this starts again from byte 0, `attempts` times in all. Throws the last BackupError.
 */
export async function storeFile(
  destination: Destination,
  source: FileSource,
  file: NewFile,
  signal: AbortSignal,
  attempts = 3,
): Promise<StoredFile> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await storeOnce(destination, source, { ...file, bytes: source.bytes }, signal);
    } catch (error) {
      const again =
        error instanceof BackupError &&
        (error.reason === 'UploadFailed' || error.reason === 'ChecksumMismatch');
      if (!again || attempt >= attempts || signal.aborted) throw error;
    }
  }
}

async function storeOnce(
  destination: Destination,
  source: FileSource,
  file: NewFile,
  signal: AbortSignal,
): Promise<StoredFile> {
  const upload = await destination.create(file, signal);
  try {
    for await (const part of source.open()) await upload.write(part);
  } catch (error) {
    await upload.abort();
    throw error;
  }
  return upload.finish();
}
