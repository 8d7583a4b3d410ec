import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { BlockCompressor } from './blockCompressor.ts';

/** How hard to compress: archives (zip, xlsx) with many formats beside them must be fast, gzip may be smaller. */
const levels = { archive: 1, gzip: 3 } as const;

/** What the block is for. */
export type DeflatePurpose = keyof typeof levels;

/** Below this size a trip through the thread pool costs more than the work. */
const smallBytes = 16 * 1024;
/** Windows for small blocks and output buffers for large ones: measured, they cost the least. */
const smallOptions = { windowBits: 13, memLevel: 5, chunkSize: 2048, finishFlush: constants.Z_SYNC_FLUSH };

/** Z_FULL_FLUSH: the next block of the stream does not refer to this one. */
function compressor(level: number): BlockCompressor {
  const options = { level, chunkSize: 256 * 1024, flush: constants.Z_FULL_FLUSH };
  return new BlockCompressor(() => createDeflateRaw(options));
}
const compressors = { archive: compressor(levels.archive), gzip: compressor(levels.gzip) };

/** Ends a sequence of blocks: the empty last block of a deflate stream (RFC 1951). */
export const deflateEnd = Uint8Array.of(0x03, 0x00);

/**
 * Compresses a block on its own, in libuv's thread pool, as raw deflate that ends at a byte boundary: the blocks in
 * their order and `deflateEnd` are one deflate stream. `bytes` may be reused when the promise is settled.
 */
export async function deflateBlock(bytes: Uint8Array, purpose: DeflatePurpose): Promise<Uint8Array> {
  if (bytes.length >= smallBytes) return compressors[purpose].compress(bytes);
  return deflateRawSync(bytes, { ...smallOptions, level: levels[purpose] });
}
