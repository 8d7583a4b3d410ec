import { crc32 } from 'node:zlib';
import type { ChunkPool } from './chunkPool.ts';
import type { CompressedStream } from './compression.ts';
import { deflateBlock, deflateEnd } from './deflateBlock.ts';
import type { OrderedOutput } from './orderedOutput.ts';
import { releaseMemory } from './releaseMemory.ts';
import { centralHeader, dataDescriptor, endOfDirectory, localHeader, type ZipEntry } from './zipRecords.ts';

/** Entries below this size are stored: with thousands of tiny tables deflate would take half of the time for a megabyte or two. */
const storedBytes = 4096;

/**
 * Writes a zip archive in one pass. Entries come one after another: `entry`, its blocks, its `end`. An entry that fits in one
 * chunk has its sizes in front; a longer one has them in a data descriptor behind it. Sizes from 4 GiB on are told as zip64.
 */
export class ZipWriter {
  readonly #output: OrderedOutput;
  readonly #pool: ChunkPool;
  readonly #time: Date;
  readonly #zip64From: number | undefined;
  readonly #entries: ZipEntry[] = [];

  /** `time` is the modification time of all entries. `zip64From` is for tests: the size at which zip64 begins. */
  constructor(output: OrderedOutput, pool: ChunkPool, time: Date, zip64From?: number) {
    this.#output = output;
    this.#pool = pool;
    this.#time = time;
    this.#zip64From = zip64From;
  }

  /** Begins an entry. The name is stored as UTF-8; folders are separated by `/`. */
  entry(name: string): CompressedStream {
    const entry: ZipEntry = {
      name: Buffer.from(name),
      time: this.#time,
      checksum: 0,
      size: 0,
      compressedSize: 0,
      offset: 0,
      streamed: false,
      stored: false,
    };
    this.#entries.push(entry);
    let held: { chunk: Buffer; length: number } | undefined;
    const put = (chunk: Buffer, length: number) => this.#put(entry, this.#deflated(entry, chunk, length));
    return {
      block: (chunk, length) => {
        if (held !== undefined) {
          if (!entry.streamed) this.#begin(entry);
          put(held.chunk, held.length);
        }
        held = { chunk, length };
      },
      end: () => {
        if (entry.streamed) {
          if (held !== undefined) put(held.chunk, held.length);
          this.#put(entry, deflateEnd);
          this.#output.put(() => dataDescriptor(entry, this.#zip64From));
        } else {
          this.#putWhole(entry, held);
        }
      },
    };
  }

  /** Writes the central directory. */
  end(): void {
    let from = 0;
    this.#output.put(() => {
      from = this.#output.position;
      return Buffer.alloc(0);
    });
    for (const entry of this.#entries) this.#output.put(() => centralHeader(entry, this.#zip64From));
    this.#output.put(() =>
      endOfDirectory(this.#entries.length, from, this.#output.position - from, this.#zip64From),
    );
  }

  #begin(entry: ZipEntry): void {
    entry.streamed = true;
    this.#output.put(() => {
      entry.offset = this.#output.position;
      return localHeader(entry);
    });
  }

  #deflated(entry: ZipEntry, chunk: Buffer, length: number): Promise<Uint8Array> {
    const bytes = chunk.subarray(0, length);
    entry.checksum = crc32(bytes, entry.checksum);
    entry.size += length;
    return deflateBlock(bytes, 'archive').finally(() => this.#pool.give(chunk));
  }

  #put(entry: ZipEntry, piece: Uint8Array | Promise<Uint8Array>): void {
    // A rejection is thrown when the piece's turn comes; until then it must not count as unhandled.
    if (piece instanceof Promise) piece.catch(() => {});
    this.#output.put(async () => {
      const bytes = await piece;
      entry.compressedSize += bytes.length;
      return bytes;
    }, releaseMemory);
  }

  #putWhole(entry: ZipEntry, held: { chunk: Buffer; length: number } | undefined): void {
    if (held === undefined || held.length < storedBytes) {
      this.#putStored(entry, held);
      return;
    }
    const data = this.#deflated(entry, held.chunk, held.length);
    data.catch(() => {});
    this.#output.put(async () => {
      const bytes = await data;
      entry.compressedSize = bytes.length + deflateEnd.length;
      entry.offset = this.#output.position;
      const whole = Buffer.concat([localHeader(entry), bytes, deflateEnd]);
      releaseMemory(bytes);
      return whole;
    }, releaseMemory);
  }

  #putStored(entry: ZipEntry, held: { chunk: Buffer; length: number } | undefined): void {
    const bytes = Buffer.from(held?.chunk.subarray(0, held.length) ?? []);
    if (held !== undefined) this.#pool.give(held.chunk);
    entry.stored = true;
    entry.checksum = crc32(bytes);
    entry.size = bytes.length;
    entry.compressedSize = bytes.length;
    this.#output.put(() => {
      entry.offset = this.#output.position;
      return Buffer.concat([localHeader(entry), bytes]);
    });
  }
}
