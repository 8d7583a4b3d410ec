import { ContentError } from './tableRows.ts';

/** Reads a stream by lengths. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. Throws ContentError at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) {
      const next = await this.#next();
      if (next === undefined) throw new ContentError('it ends too early');
      this.#held = Buffer.concat([this.#held, next]);
    }
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  /** The bytes that come next, at most so many; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    if (this.#held.length === 0) {
      const next = await this.#next();
      if (next === undefined) return undefined;
      this.#held = Buffer.from(next.buffer, next.byteOffset, next.length);
    }
    const taken = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** Puts back the last bytes of what `some` gave. */
  giveBack(bytes: Uint8Array): void {
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }
}
