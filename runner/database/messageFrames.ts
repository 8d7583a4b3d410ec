const empty = Buffer.alloc(0);

/** Who gets what `MessageFrames` finds. Both may keep nothing of the buffers. */
export interface FrameReceiver {
  /** Whole DataRow messages in buffer[start, end). */
  rows(buffer: Buffer, start: number, end: number): void;
  /** Any other whole message, and the bytes behind it; false ends the framing: the rest is the receiver's. */
  message(message: Buffer, rest: Buffer): boolean;
}

const dataRow = 0x44;
/** Tag and length. */
const headerBytes = 5;
/** The server builds messages in buffers of at most 1 GiB. */
const longestMessage = 2 ** 30;
/** The socket's reads are of this size: most messages that do not fit in one are no longer. */
const usualBytes = 64 * 1024;

/**
 * Cuts what comes from the socket into messages of the PostgreSQL protocol. Rows are not copied, except for one that is split
 * over two or more reads.
 */
export class MessageFrames {
  readonly #receiver: FrameReceiver;
  /** Begin of a message that is not complete yet: #carry[0, #carried). */
  #carry: Buffer = empty;
  #carried = 0;
  #rows = 0;
  #rowBytes = 0;

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver;
  }

  /** DataRow messages so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the DataRow messages so far. */
  get rowBytes(): number {
    return this.#rowBytes;
  }

  /** Takes the next bytes of the socket. Throws what the receiver throws, and if the bytes are not the protocol. */
  push(chunk: Buffer): void {
    let position = 0;
    if (this.#carried > 0) {
      position = this.#complete(chunk);
      if (position < 0) return;
    }
    let rowsFrom = position;
    while (position + headerBytes <= chunk.length) {
      const end = position + messageBytes(chunk, position);
      if (end > chunk.length) break;
      if (chunk[position] === dataRow) {
        this.#rows++;
      } else {
        this.#passRows(chunk, rowsFrom, position);
        if (!this.#receiver.message(chunk.subarray(position, end), chunk.subarray(end))) return;
        rowsFrom = end;
      }
      position = end;
    }
    this.#passRows(chunk, rowsFrom, position);
    if (position < chunk.length) this.#keep(chunk, position);
  }

  #passRows(buffer: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#rowBytes += end - start;
    this.#receiver.rows(buffer, start, end);
  }

  #keep(chunk: Buffer, position: number): void {
    this.#carried = 0;
    this.#reserve(position + headerBytes <= chunk.length ? messageBytes(chunk, position) : headerBytes);
    this.#carried = chunk.copy(this.#carry, 0, position);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#carry.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, usualBytes));
    this.#carry.copy(larger, 0, 0, this.#carried);
    this.#carry = larger;
  }

  /** Completes the carried message; returns where the next begins in the chunk, or -1 if there is no next one. */
  #complete(chunk: Buffer): number {
    let position = 0;
    if (this.#carried < headerBytes) {
      position = chunk.copy(this.#carry, this.#carried, 0, headerBytes - this.#carried);
      this.#carried += position;
      if (this.#carried < headerBytes) return -1;
    }
    const bytes = messageBytes(this.#carry, 0);
    this.#reserve(bytes);
    const copied = chunk.copy(this.#carry, this.#carried, position, position + bytes - this.#carried);
    this.#carried += copied;
    position += copied;
    if (this.#carried < bytes) return -1;
    const message = this.#carry.subarray(0, bytes);
    if (bytes > usualBytes) this.#carry = empty;
    this.#carried = 0;
    if (message[0] === dataRow) {
      this.#rows++;
      this.#passRows(message, 0, bytes);
    } else if (!this.#receiver.message(message, chunk.subarray(position))) {
      return -1;
    }
    return position;
  }
}

/** Length of the message at `position` with its tag. */
function messageBytes(buffer: Buffer, position: number): number {
  const length = buffer.readInt32BE(position + 1);
  if (length < 4 || length > longestMessage)
    throw new Error(`the server sent a message of ${length} bytes, which the protocol does not know`);
  return length + 1;
}
