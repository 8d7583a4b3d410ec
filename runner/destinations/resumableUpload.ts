import { createHash } from 'node:crypto';
import { BackupError } from '../../crds/failureReason.ts';
import { ChunkWindow } from './chunkWindow.ts';
import type { NewFile, StoredFile, Upload } from './destination.ts';
import type { DriveFile } from './driveFile.ts';
import type { GoogleClient } from './googleClient.ts';
import { Backoff, TransientError } from './retry.ts';
import { chunkUnit, UploadSession } from './uploadSession.ts';
import { verifiedFile } from './verifiedFile.ts';

/** What an upload needs of the Drive around it. */
export interface ResumableUploadOptions {
  readonly client: GoogleClient;
  /** Where sessions are opened, `fields` of driveFile.ts included. */
  readonly uploadURL: URL;
  readonly folderID: string;
  readonly file: NewFile;
  /** Bytes of a chunk, a multiple of 256 KiB; two of them are held. */
  readonly chunkBytes: number;
  /** Bound of each of the two steps of an abort. */
  readonly cleanUpMs: number;
  /** An ID from files.generateIds: creating twice with one ID gives one file. */
  newID(signal: AbortSignal): Promise<string>;
  /** A fresh look at a file, undefined if there is none. */
  look(id: string, signal: AbortSignal): Promise<DriveFile | undefined>;
  /** Removes a file for ever. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Says more about an error that a caller will see, the room of a full Drive for example. */
  explain(error: unknown): Promise<unknown>;
  /** Told of cleaning up that failed; what is passed holds no secrets. */
  warn(fields: object, message: string): void;
}

// A Drive that loses sessions again and again is down.
const mostRestarts = 5;

/**
 * A file on its way to Drive in chunks, its size unknown until the end unless `file.bytes` says it. Holds the last two
 * chunks: one travels while the other is filled. Goes on after errors from what Google really has; a session that is
 * gone starts anew while every byte is still held, and fails with UploadFailed after that. Never finishes a file whose
 * size and SHA-256, as Drive computed them, are not those of the bytes written.
 */
export class ResumableUpload implements Upload {
  readonly #options: ResumableUploadOptions;
  readonly #window: ChunkWindow;
  readonly #hash = createHash('sha256');
  readonly #cancelled = new AbortController();
  readonly #signal: AbortSignal;
  #session: UploadSession | undefined;
  #id: string | undefined;
  #sending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  // Whether the file of our ID may be complete: from then on an abort removes it.
  #mayExist = false;
  #restarts = 0;
  #ended = false;

  constructor(options: ResumableUploadOptions, signal: AbortSignal) {
    if (options.chunkBytes % chunkUnit !== 0) throw new RangeError('A chunk is a multiple of 256 KiB.');
    this.#options = options;
    this.#window = new ChunkWindow(2 * options.chunkBytes);
    this.#signal = AbortSignal.any([signal, this.#cancelled.signal]);
  }

  /** Opens the session, so that a wrong folder or a full Drive shows before the first byte. */
  async start(): Promise<void> {
    const backoff = new Backoff(this.#options.client.waiting);
    try {
      while (this.#session === undefined) await this.#orWait(backoff, () => this.#open());
    } catch (error) {
      throw await this.#options.explain(error);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#failure) throw this.#failure.error;
      this.#signal.throwIfAborted();
      const taken = this.#window.append(rest);
      this.#hash.update(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      this.#pump();
      if (rest.length > 0) await this.#sending;
    }
  }

  async finish(): Promise<StoredFile> {
    try {
      await this.#idle();
      if (this.#failure) throw this.#failure.error;
      const { file, look } = this.#options;
      const window = this.#window;
      if (file.bytes !== undefined && file.bytes !== window.written) {
        throw new BackupError(
          'UploadFailed',
          `${file.name} has ${window.written} bytes, but ${file.bytes} were announced: the source changed while it was read.`,
        );
      }
      const answered = await this.#deliver(window.written, window.written);
      // A checksum that is not in the first answer gets one more chance; without any the file does not count.
      const again = answered.sha256Checksum || !this.#id ? undefined : await look(this.#id, this.#signal);
      const stored = again ?? answered;
      const verified = verifiedFile(stored, this.#id, window.written, this.#hash.digest('hex'));
      this.#ended = true;
      return verified;
    } catch (error) {
      await this.abort();
      throw this.#failure ? error : await this.#options.explain(error);
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelled.abort(
      new BackupError('Interrupted', `The upload of ${this.#options.file.name} was cancelled.`),
    );
    await this.#idle();
    const { file, remove, warn, cleanUpMs } = this.#options;
    const steps = [
      (signal: AbortSignal) => this.#session?.cancel(signal),
      (signal: AbortSignal) => (this.#mayExist && this.#id ? remove(this.#id, signal) : undefined),
    ];
    for (const step of steps) {
      try {
        // The run's own signal may be aborted already.
        await step(AbortSignal.timeout(cleanUpMs));
      } catch (error) {
        const reason = error instanceof BackupError ? error.reason : 'Interrupted';
        warn({ file: file.name, reason }, 'could not clean up after a cancelled upload');
      }
    }
  }

  // Sends a chunk once a byte after it exists, so that the last chunk is known to be the last.
  #pump(): void {
    if (this.#sending || this.#failure) return;
    const end = this.#window.acknowledged + this.#options.chunkBytes;
    if (this.#window.written <= end) return;
    this.#sending = this.#deliver(end, this.#options.file.bytes).then(
      () => {
        this.#sending = undefined;
        this.#pump();
      },
      async (error) => {
        this.#failure = { error: await this.#options.explain(error) };
        this.#sending = undefined;
      },
    );
  }

  async #idle(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  /** Resolves when Google has everything before `end`; with `end === total`, when the file is complete. */
  async #deliver(end: number, total: number): Promise<DriveFile>;
  async #deliver(end: number, total: number | undefined): Promise<DriveFile | undefined>;
  async #deliver(end: number, total: number | undefined): Promise<DriveFile | undefined> {
    const window = this.#window;
    const last = end === total;
    const backoff = new Backoff(this.#options.client.waiting);
    let unsure = false;
    for (;;) {
      const before = window.acknowledged;
      if (before >= end && !last) return undefined;
      let file: DriveFile | undefined;
      const settled = await this.#orWait(backoff, async () => {
        if (this.#session === undefined) file = await this.#open();
        if (file || this.#session === undefined) return;
        file = await this.#step(this.#session, end, total, unsure);
      });
      if (file) {
        if (last) return file;
        throw this.#broken('finished the file before its end');
      }
      unsure = !settled;
      if (window.acknowledged > before) backoff.reset();
    }
  }

  async #step(
    session: UploadSession,
    end: number,
    total: number | undefined,
    unsure: boolean,
  ): Promise<DriveFile | undefined> {
    const window = this.#window;
    const start = window.acknowledged;
    const upTo = Math.min(end, start + this.#options.chunkBytes);
    if (upTo === total) this.#mayExist = true;
    const asks = unsure || start === upTo;
    const state = asks
      ? await session.status(total, this.#signal)
      : await session.put(window.slices(start, upTo), start, total, this.#signal);
    if (state.kind === 'done') {
      this.#mayExist = true;
      return state.file;
    }
    if (state.kind === 'gone') {
      this.#session = undefined;
      this.#restarts += 1;
      if (this.#restarts > mostRestarts || !window.acknowledge(0))
        throw this.#broken('lost the upload session');
      throw new TransientError(this.#broken('lost the upload session'));
    }
    if (state.next > (asks ? window.written : upTo)) throw this.#broken('claims bytes that were not sent');
    if (!window.acknowledge(state.next)) throw this.#broken('lost bytes that it had confirmed');
    // Bytes that do not arrive are tried again with a pause, as an error would be.
    if (state.next <= start && !(asks && start < upTo))
      throw new TransientError(this.#broken('takes no more bytes'));
    return undefined;
  }

  /** A session, or the file itself if a former session of ours has completed it. */
  async #open(): Promise<DriveFile | undefined> {
    const { client, uploadURL, folderID, file, newID, look } = this.#options;
    this.#id ??= await newID(this.#signal);
    const metadata = {
      id: this.#id,
      name: file.name,
      mimeType: file.contentType,
      parents: [folderID],
      appProperties: { ...file.tags },
    };
    const session = await UploadSession.start(client, uploadURL, metadata, file.bytes, this.#signal);
    if (session !== 'taken') {
      this.#session = session;
      return undefined;
    }
    const finished = this.#mayExist ? await look(this.#id, this.#signal) : undefined;
    if (finished) return finished;
    this.#id = undefined;
    throw new TransientError(this.#broken('has another file with the ID of the new one'));
  }

  /** True when the step worked; after a TransientError it waits and gives false. */
  async #orWait(backoff: Backoff, step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await backoff.wait(error, this.#signal);
      return false;
    }
  }

  #broken(what: string): BackupError {
    return new BackupError('UploadFailed', `Google Drive ${what}: ${this.#options.file.name}.`);
  }
}
