import type { ByteSink } from './exporter.ts';

/** Bytes now, bytes that are being computed, or bytes that are made when their turn has come. */
export type Piece = Uint8Array | Promise<Uint8Array> | (() => Uint8Array | Promise<Uint8Array>);

interface Waiting {
  readonly piece: Piece;
  readonly done: ((bytes: Uint8Array | undefined) => void) | undefined;
}

/** The reader may go on when no more pieces than this are waiting. */
const lowMark = 2;
/** Smaller pieces are gathered, so that thousands of tiny tables do not cost a write each. */
const gatheredBytes = 64 * 1024;
const removedAtOnce = 1024;

/**
 * Writes pieces to a sink in the order in which they were put, one write at a time, while later pieces are still
 * being compressed. After the first error nothing more is written; every method then throws that error.
 */
export class OrderedOutput {
  readonly #sink: ByteSink;
  readonly #queue: (Waiting | undefined)[] = [];
  #head = 0;
  readonly #gathered = Buffer.allocUnsafeSlow(gatheredBytes);
  #gatheredLength = 0;
  #written = 0;
  #outstanding = 0;
  #running = false;
  #failure: { readonly error: unknown } | undefined;
  #waiters: { readonly below: number; readonly settle: () => void }[] = [];

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Pieces that were put and are not yet written. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Bytes of all pieces before the one whose turn it is: a piece made late can ask where it will stand. */
  get position(): number {
    return this.#written;
  }

  /** Adds a piece. `done` is called once its bytes (if there are any) are not needed any more, also after an error. */
  put(piece: Piece, done?: (bytes: Uint8Array | undefined) => void): void {
    // A rejection is reported when the piece's turn comes; until then it must not count as unhandled.
    if (piece instanceof Promise) piece.catch(() => {});
    this.#queue.push({ piece, done });
    this.#outstanding++;
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  /** Throws the first error, if there was one. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when few pieces are outstanding; throws the first error. */
  async drained(): Promise<void> {
    await this.#below(lowMark);
  }

  /** Resolves when the sink has taken everything; throws the first error. */
  async finish(): Promise<void> {
    await this.#below(0);
    await this.#flush();
  }

  async #below(mark: number): Promise<void> {
    if (this.#outstanding > mark && this.#failure === undefined) {
      await new Promise<void>((settle) => this.#waiters.push({ below: mark, settle }));
    }
    this.check();
  }

  async #run(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      let bytes: Uint8Array | undefined;
      try {
        bytes = await this.#bytes(next.piece);
        if (this.#failure === undefined) await this.#write(bytes);
      } catch (error) {
        this.#failure ??= { error };
      }
      next.done?.(bytes);
      this.#outstanding--;
      this.#wake();
    }
    this.#running = false;
  }

  async #bytes(piece: Piece): Promise<Uint8Array> {
    if (typeof piece !== 'function') return piece;
    this.check();
    return piece();
  }

  /** Array.shift would move the whole of a long queue for each piece. */
  #next(): Waiting | undefined {
    const next = this.#queue[this.#head];
    this.#queue[this.#head] = undefined;
    this.#head++;
    if (this.#head >= Math.min(this.#queue.length, removedAtOnce)) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return next;
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const ready = (waiter: { below: number }) =>
      this.#failure !== undefined || this.#outstanding <= waiter.below;
    const settled = this.#waiters.filter(ready);
    this.#waiters = this.#waiters.filter((waiter) => !ready(waiter));
    for (const waiter of settled) waiter.settle();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#written += bytes.length;
    if (this.#gatheredLength + bytes.length > gatheredBytes) await this.#flush();
    if (bytes.length > gatheredBytes) {
      await this.#sink.write(bytes);
    } else {
      this.#gathered.set(bytes, this.#gatheredLength);
      this.#gatheredLength += bytes.length;
    }
  }

  async #flush(): Promise<void> {
    if (this.#gatheredLength === 0) return;
    const bytes = this.#gathered.subarray(0, this.#gatheredLength);
    this.#gatheredLength = 0;
    await this.#sink.write(bytes);
  }
}
