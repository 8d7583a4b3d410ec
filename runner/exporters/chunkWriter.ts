import { type ChunkPool, chunkBytes } from './chunkPool.ts';

/** Takes filled chunks; gives each back to the pool when its bytes are compressed or written. */
export interface BlockTarget {
  /** The first `length` bytes of `chunk` are the next bytes of the stream. The target owns the chunk from now on. */
  block(chunk: Buffer, length: number): void;
}

/**
 * The place where encoders write. They ask for room with `ensure`, write into `buffer` from `position` on
 * and set `position`; chunks go to the target as they fill up.
 */
export class ChunkWriter {
  readonly #pool: ChunkPool;
  #target: BlockTarget;
  buffer: Buffer;
  /** The same bytes as `buffer`. */
  view: DataView;
  position = 0;

  constructor(pool: ChunkPool, target: BlockTarget) {
    this.#pool = pool;
    this.#target = target;
    this.buffer = pool.take();
    this.view = dataView(this.buffer);
  }

  /** Afterwards at least `bytes` (at most `chunkBytes`) are free in `buffer` from `position` on. */
  ensure(bytes: number): void {
    if (chunkBytes - this.position < bytes) this.flush();
  }

  /** Writes bytes of any length. */
  write(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      this.ensure(1);
      const end = Math.min(bytes.length, start + chunkBytes - this.position);
      this.buffer.set(bytes.subarray(start, end), this.position);
      this.position += end - start;
      start = end;
    }
  }

  /** Writes one byte. */
  byte(byte: number): void {
    this.ensure(1);
    this.buffer[this.position++] = byte;
  }

  /** Writes text as UTF-8. */
  text(text: string): void {
    this.write(Buffer.from(text));
  }

  /** Hands over what was written so far and sends what comes next to another target. */
  retarget(target: BlockTarget): void {
    this.flush();
    this.#target = target;
  }

  /** Hands over what was written so far. */
  flush(): void {
    if (this.position === 0) return;
    const chunk = this.buffer;
    const length = this.position;
    this.position = 0;
    this.#target.block(chunk, length);
    this.buffer = this.#pool.take();
    this.view = dataView(this.buffer);
  }
}

function dataView({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
