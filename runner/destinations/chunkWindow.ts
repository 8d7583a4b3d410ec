/**
 * The last bytes of a stream, up to `capacity`, in one ring. Offsets count from the start of the stream. Bytes that
 * the other side acknowledged stay readable until new ones need their place, so a transfer can go back to them.
 */
export class ChunkWindow {
  readonly #ring: Buffer;
  #written = 0;
  #acknowledged = 0;
  #oldest = 0;

  constructor(capacity: number) {
    // Not zeroed: a short file touches only the pages that it fills.
    this.#ring = Buffer.allocUnsafeSlow(capacity);
  }

  /** The end of the stream so far. */
  get written(): number {
    return this.#written;
  }

  /** Everything before this offset is with the other side. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The first offset whose byte is still here. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Copies as much as fits without losing an unacknowledged byte; returns how much that was. */
  append(bytes: Uint8Array): number {
    const capacity = this.#ring.length;
    const room = capacity - (this.#written - this.#acknowledged);
    const taken = Math.min(room, bytes.length);
    const at = this.#written % capacity;
    const first = Math.min(taken, capacity - at);
    this.#ring.set(bytes.subarray(0, first), at);
    if (taken > first) this.#ring.set(bytes.subarray(first, taken), 0);
    this.#written += taken;
    this.#oldest = Math.max(this.#oldest, this.#written - capacity);
    return taken;
  }

  /** Moves the mark, forwards or back to a byte that is still here; false if that byte is gone or never came. */
  acknowledge(offset: number): boolean {
    if (offset < this.#oldest || offset > this.#written) return false;
    this.#acknowledged = offset;
    return true;
  }

  /** Views of the bytes in [start, end): one, or two where the ring wraps. Valid while they are unacknowledged. */
  slices(start: number, end: number): Buffer[] {
    if (start < this.#oldest || end > this.#written)
      throw new RangeError('Those bytes are not in the window.');
    if (start === end) return [];
    const from = start % this.#ring.length;
    const to = from + (end - start);
    if (to <= this.#ring.length) return [this.#ring.subarray(from, to)];
    return [this.#ring.subarray(from), this.#ring.subarray(0, to - this.#ring.length)];
  }
}
