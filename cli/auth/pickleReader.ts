import { pickleError } from './pickleError.ts';

const newline = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a pickle's bytes in order; every read beyond the end is a CredentialsInvalid. */
export class PickleReader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `length` bytes, copied. */
  bytes(length: number): Uint8Array {
    return this.#bytes.slice(this.#advance(length), this.position);
  }

  /** The bytes up to the next newline as Latin-1, without it. */
  line(): string {
    const end = this.#bytes.indexOf(newline, this.position);
    if (end === -1) throw this.error('a line without an end');
    const text = Buffer.from(this.bytes(end - this.position)).toString('latin1');
    this.position = end + 1;
    return text;
  }

  utf8(length: number): string {
    const bytes = this.bytes(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.error('text that is not UTF-8');
    }
  }

  latin1(length: number): string {
    return Buffer.from(this.bytes(length)).toString('latin1');
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A length of eight bytes. One too large for a number is too large for any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** Checks that `length` bytes are left, without reading them. */
  expect(length: number): void {
    if (length < 0 || length > this.#bytes.length - this.position) {
      throw this.error(`the file ends where ${length} more bytes were announced`);
    }
  }

  error(detail: string): Error {
    return pickleError(detail, this.position);
  }

  #advance(length: number): number {
    this.expect(length);
    const start = this.position;
    this.position += length;
    return start;
  }
}
