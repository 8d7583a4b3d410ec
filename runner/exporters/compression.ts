import { constants, crc32, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { BlockCompressor } from './blockCompressor.ts';
import type { ChunkPool } from './chunkPool.ts';
import type { BlockTarget } from './chunkWriter.ts';
import { deflateBlock, deflateEnd } from './deflateBlock.ts';
import type { OrderedOutput } from './orderedOutput.ts';
import { releaseMemory } from './releaseMemory.ts';

/** How the bytes of a file are compressed. */
export type Compression = 'None' | 'Gzip' | 'Zstd';

/** A block target whose stream has an end. Afterwards the output holds the whole stream. */
export interface CompressedStream extends BlockTarget {
  end(): void;
}

/**
 * Compresses chunks in libuv's thread pool, several at once, and puts the results in order.
 * Gzip is one member (RFC 1952), Zstd one frame for each chunk (RFC 8878); without compression the chunks go on as they are.
 */
export function compressedStream(
  compression: Compression,
  output: OrderedOutput,
  pool: ChunkPool,
): CompressedStream {
  switch (compression) {
    case 'None':
      return plainStream(output, pool);
    case 'Gzip':
      return gzipStream(output, pool);
    case 'Zstd':
      return zstdStream(output, pool);
  }
}

function plainStream(output: OrderedOutput, pool: ChunkPool): CompressedStream {
  return {
    block: (chunk, length) => output.put(chunk.subarray(0, length), () => pool.give(chunk)),
    end: () => {},
  };
}

/** Magic, deflate, no flags, no time (the file must not depend on when it was made), no hint, unknown system. */
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

function gzipStream(output: OrderedOutput, pool: ChunkPool): CompressedStream {
  let checksum = 0;
  let size = 0;
  output.put(gzipHeader);
  return {
    block(chunk, length) {
      const bytes = chunk.subarray(0, length);
      checksum = crc32(bytes, checksum);
      size += length;
      output.put(
        deflateBlock(bytes, 'gzip').finally(() => pool.give(chunk)),
        releaseMemory,
      );
    },
    end() {
      const trailer = Buffer.alloc(deflateEnd.length + 8);
      trailer.set(deflateEnd);
      trailer.writeUInt32LE(checksum, deflateEnd.length);
      trailer.writeUInt32LE(size % 2 ** 32, deflateEnd.length + 4);
      output.put(trailer);
    },
  };
}

/** ZSTD_e_end: each block is a frame of its own. */
const zstdOptions = {
  chunkSize: 256 * 1024,
  flush: constants.ZSTD_e_end,
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};
const zstd = new BlockCompressor(() => createZstdCompress(zstdOptions));

function zstdStream(output: OrderedOutput, pool: ChunkPool): CompressedStream {
  let empty = true;
  return {
    block(chunk, length) {
      empty = false;
      const frame = zstd.compress(chunk.subarray(0, length));
      output.put(
        frame.finally(() => pool.give(chunk)),
        releaseMemory,
      );
    },
    end() {
      if (empty) output.put(zstdCompressSync(new Uint8Array(0)));
    },
  };
}
