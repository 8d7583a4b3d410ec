import { constants, deflateRaw, deflateRawSync } from 'node:zlib';

/** How hard to compress: archives (zip, xlsx) with many formats beside them must be fast, gzip may be smaller. */
export const deflateLevel = { archive: 1, gzip: 3 } as const;

/** Below this size a trip through the thread pool costs more than the work. */
const smallBytes = 16 * 1024;
/** Windows for small blocks and output buffers for large ones: measured, they cost the least. */
const smallOptions = { windowBits: 13, memLevel: 6, finishFlush: constants.Z_SYNC_FLUSH };
const largeOptions = { chunkSize: 256 * 1024, finishFlush: constants.Z_SYNC_FLUSH };

/** Ends a sequence of blocks: the empty last block of a deflate stream (RFC 1951). */
export const deflateEnd = Uint8Array.of(0x03, 0x00);

/**
 * Compresses a block on its own, in libuv's thread pool, as raw deflate that ends at a byte boundary: the blocks in
 * their order and `deflateEnd` are one deflate stream. `bytes` may be reused when the promise is settled.
 */
export function deflateBlock(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  if (bytes.length < smallBytes) return Promise.resolve(deflateRawSync(bytes, { ...smallOptions, level }));
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, { ...largeOptions, level }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
}
