import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { drained } from '../drained.ts';
import { releaseWhole } from '../exporters/releaseMemory.ts';
import { ContentError } from './tableRows.ts';

// zlib's own 16 KiB cost a call into the pool each.
const chunkSize = 128 * 1024;

/**
 * The bytes inside a file whose name ends in .gz or .zst, to its end; others as they are. Nobody may use the chunks of
 * `content` any more. Throws ContentError.
 */
export function decompressed(name: string, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (name.endsWith('.gz')) return through(createGunzip({ chunkSize }), content);
  if (name.endsWith('.zst')) return through(createZstdDecompress({ chunkSize }), content);
  return content;
}

async function* through(
  transform: Transform,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let failedToRead: unknown;
  pump(content, transform).catch((error) => {
    failedToRead = error;
    transform.destroy(error);
  });
  try {
    yield* transform as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (failedToRead !== undefined) throw failedToRead;
    throw new ContentError('it cannot be decompressed to its end', { cause });
  } finally {
    transform.destroy();
  }
}

async function pump(content: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  for await (const chunk of content) {
    if (transform.destroyed) return;
    if (!transform.write(chunk, () => releaseWhole(chunk))) await drained(transform);
  }
  transform.end();
}
