import type { Socket } from 'node:net';
import { releaseWhole } from '../exporters/releaseMemory.ts';

/** A read of the socket is no longer than this. */
const longestRead = 64 * 1024;

/**
 * Gives back the memory of what a socket read, once Node's HTTP parser has copied it: 64 KiB for each read, of which
 * tens of megabytes would wait for the garbage collector. That the parser copies is looked at before the first is given
 * back: a Node whose parser hands on the same memory loses nothing but this saving.
 */
export class ReceivedMemory implements Disposable {
  readonly #socket: Socket;
  #reads: Buffer[] = [];
  #passed = 0;
  #isShared = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#read);
  }

  /** To be told of each part of the body as it is consumed. */
  passed(part: Uint8Array): void {
    this.#isShared ||= this.#reads.some(({ buffer }) => buffer === part.buffer);
    this.#passed += part.length;
    // The first read may have come before we listened: only what lies behind it must be among ours.
    if (this.#isShared) this.#reads = [];
    else if (this.#passed > 2 * longestRead) for (const read of this.#reads.splice(0)) releaseWhole(read);
  }

  [Symbol.dispose](): void {
    this.#socket.off('data', this.#read);
    this.#reads = [];
  }

  readonly #read = (bytes: Buffer): void => {
    if (!this.#isShared) this.#reads.push(bytes);
  };
}
