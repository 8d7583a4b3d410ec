import { releaseMemory } from './releaseMemory.ts';

/** Bytes of one chunk: what is encoded, compressed and written as a unit. */
export const chunkBytes = 1024 * 1024;

/** Chunks kept for reuse; more are made when needed and given back to the system at once. */
const keptChunks = 6;

/** Hands out buffers of `chunkBytes` bytes and takes them back, so that a run allocates only a few of them. */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  /** A buffer of `chunkBytes` bytes with any content. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  }

  /** Gives a buffer back. Nobody may read or write it any more. */
  give(chunk: Buffer): void {
    if (this.#free.length < keptChunks) this.#free.push(chunk);
    else releaseMemory(chunk);
  }
}
