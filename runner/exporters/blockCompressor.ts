import type { Transform } from 'node:stream';
import { releaseMemory } from './releaseMemory.ts';

/** libuv's thread pool has four threads, unless UV_THREADPOOL_SIZE says otherwise. */
const engines = 4;

interface Engine {
  readonly stream: Transform;
  /** Compressed pieces of the block; they lie in the stream's own output buffers. */
  parts: Buffer[];
}

/**
 * Compresses blocks with a few streams of zlib that are used again and again: a one-shot call for each block leaves buffers behind
 * that the garbage collector finds only after tens of megabytes.
 */
export class BlockCompressor {
  readonly #make: () => Transform;
  readonly #free: Engine[] = [];
  readonly #waiting: ((engine: Engine) => void)[] = [];
  #made = 0;

  /** `make` gives a stream that puts out all of its input, in a form that stands for itself, at the end of each write. */
  constructor(make: () => Transform) {
    this.#make = make;
  }

  /** The compressed block, in memory of its own. `bytes` may be reused when the promise is settled. */
  async compress(bytes: Uint8Array): Promise<Uint8Array> {
    const engine = await this.#take();
    try {
      await new Promise<void>((resolve, reject) => {
        engine.stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      return joined(engine.parts);
    } finally {
      engine.parts = [];
      this.#give(engine);
    }
  }

  #take(): Promise<Engine> | Engine {
    const engine = this.#free.pop();
    if (engine !== undefined) return engine;
    if (this.#made === engines) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#made++;
    const made: Engine = { stream: this.#make(), parts: [] };
    made.stream.on('data', (part: Buffer) => made.parts.push(part));
    // A broken stream fails each later write too; without a listener its event would end the process.
    made.stream.on('error', () => {});
    return made;
  }

  #give(engine: Engine): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(engine);
    else next(engine);
  }
}

/** Copies the parts and gives back the output buffers that the stream has filled: all but the last. */
function joined(parts: readonly Buffer[]): Buffer {
  const result = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  parts.forEach((part, index) => {
    position += part.copy(result, position);
    const next = parts[index + 1];
    if (next !== undefined && next.buffer !== part.buffer) releaseMemory(part);
  });
  return result;
}
