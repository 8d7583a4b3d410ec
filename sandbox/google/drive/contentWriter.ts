import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';

/** What lies on disk for a file, with its true checksums (hex). */
export interface Content {
  readonly path: string;
  readonly size: number;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** The unit in which an upload is stored: 256 KiB. */
export const granule = 262_144;

/** Streams bytes to a file and hashes them on the way; holds less than one granule in memory. */
export class ContentWriter {
  readonly path: string;
  /** Bytes that are safe: what came in whole granules. */
  stored = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  readonly #handle: FileHandle;
  readonly #hashes: readonly [Hash, Hash, Hash] = [
    createHash('md5'),
    createHash('sha1'),
    createHash('sha256'),
  ];

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<ContentWriter> {
    return new ContentWriter(path, await open(path, 'wx'));
  }

  /** Bytes taken so far, safe or not. */
  get received(): number {
    return this.stored + this.#waitingBytes;
  }

  async write(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (this.#waitingBytes + rest.length >= granule) {
      const part = rest.subarray(0, granule - this.#waitingBytes);
      rest = rest.subarray(part.length);
      this.#waiting.push(part);
      await this.#flush();
    }
    if (rest.length > 0) {
      this.#waiting.push(rest);
      this.#waitingBytes += rest.length;
    }
  }

  /** Forgets what did not fill a granule, as after a broken connection. */
  dropWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Stores the rest and closes the file. */
  async finish(): Promise<Content> {
    if (this.#waiting.length > 0) await this.#flush();
    await this.#handle.close();
    const [md5, sha1, sha256] = this.#hashes;
    return {
      path: this.path,
      size: this.stored,
      md5: md5.digest('hex'),
      sha1: sha1.digest('hex'),
      sha256: sha256.digest('hex'),
    };
  }

  /** Closes and removes the file. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.path, { force: true });
  }

  async #flush(): Promise<void> {
    const parts = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const written = this.#handle.writev(parts, this.stored);
    for (const part of parts) for (const hash of this.#hashes) hash.update(part);
    const { bytesWritten } = await written;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytesWritten !== length) throw new Error(`The disk took ${bytesWritten} of ${length} bytes.`);
    this.stored += length;
  }
}
