import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { ContentError } from '../content/tableRows.ts';
import { releaseMemory } from '../exporters/releaseMemory.ts';

// https://github.com/C2SP/C2SP/blob/main/age.md#payload: STREAM over ChaCha20-Poly1305, which OpenSSL computes
// many times as fast as the library that makes the header (docs/decisions/0013).
const algorithm = 'chacha20-poly1305';

/** Bytes in clear of every chunk but the last. */
export const clearBytes = 64 * 1024;
/** What each chunk has more once it is sealed. */
export const tagBytes = 16;
/** Bytes between the header and the first chunk. */
export const nonceBytes = 16;

/** The key of a file's chunks. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/** Eleven bytes count the chunks, the twelfth tells the last. */
class ChunkNonces {
  readonly #nonce = Buffer.alloc(12);
  #chunks = 0;

  next(last: boolean): Buffer {
    this.#nonce.writeUIntBE(this.#chunks++, 5, 6);
    this.#nonce[11] = last ? 1 : 0;
    return this.#nonce;
  }
}

/** Seals the chunks of one file, in their order. */
export class ChunkSealer {
  readonly #key: Buffer;
  readonly #nonces = new ChunkNonces();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Writes the next chunk, sealed, into `target` from `position` on, and gives the position behind it. */
  seal(chunk: Uint8Array, last: boolean, target: Buffer, position: number): number {
    const cipher = createCipheriv(algorithm, this.#key, this.#nonces.next(last), { authTagLength: tagBytes });
    const sealed = cipher.update(chunk);
    cipher.final();
    target.set(sealed, position);
    releaseMemory(sealed);
    target.set(cipher.getAuthTag(), position + chunk.length);
    return position + chunk.length + tagBytes;
  }
}

/** Opens the chunks of one file, in their order. */
export class ChunkOpener {
  readonly #key: Buffer;
  readonly #nonces = new ChunkNonces();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * Writes the next chunk, in clear, into `target` from `position` on, and gives the position behind it. Throws
   * ContentError if one bit of it, its place or whether it is the last differs; the target is as it was then.
   */
  open(sealed: Uint8Array, last: boolean, target: Buffer, position: number): number {
    if (sealed.length < tagBytes) throw new ContentError('it ends in the middle of an encrypted part');
    const end = sealed.length - tagBytes;
    const decipher = createDecipheriv(algorithm, this.#key, this.#nonces.next(last), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(sealed.subarray(end));
    const chunk = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch (cause) {
      throw new ContentError('a part of it is not what was encrypted, or is missing', { cause });
    }
    target.set(chunk, position);
    releaseMemory(chunk);
    return position + end;
  }
}
