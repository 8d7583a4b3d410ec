import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BackupError } from '../crds/failureReason.ts';
import type { FileFormat } from '../crds/runReport.ts';

type StagedFileFacts = Pick<StagedFile, 'path' | 'name' | 'format' | 'contentType'>;

/** A file of a set on the staging disk, hashed while it is written. Throws DestinationFull and InvalidSpec. */
export class StagedFile {
  readonly path: string;
  readonly name: string;
  readonly format: FileFormat;
  readonly contentType: string;
  bytes = 0;
  sha256 = '';
  readonly #hash = createHash('sha256');
  #handle: FileHandle | undefined;

  private constructor(facts: StagedFileFacts, handle: FileHandle) {
    this.path = facts.path;
    this.name = facts.name;
    this.format = facts.format;
    this.contentType = facts.contentType;
    this.#handle = handle;
  }

  /** Makes the file, for our user alone to read. */
  static async create(facts: StagedFileFacts): Promise<StagedFile> {
    return new StagedFile(facts, await open(facts.path, 'wx', 0o600).catch(stagingFailed));
  }

  async write(chunk: Uint8Array): Promise<void> {
    const handle = this.#handle;
    if (!handle) throw new Error('a staged file is written after its end');
    this.#hash.update(chunk);
    for (let done = 0; done < chunk.length; ) {
      done += (await handle.write(chunk, done).catch(stagingFailed)).bytesWritten;
    }
    this.bytes += chunk.length;
  }

  /** The bytes from the disk, as often as needed. */
  async *read(): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(this.path, { highWaterMark: 1 << 20 });
    } catch (error) {
      stagingFailed(error);
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (!handle) return;
    await handle.close().catch(stagingFailed);
    this.sha256 = this.#hash.digest('hex');
  }
}

/** Throws what an error of the staging disk means. */
export function stagingFailed(cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    throw new BackupError('DestinationFull', 'The staging disk is full: raise spec.staging.sizeLimit.', {
      cause,
    });
  }
  throw new BackupError('InvalidSpec', `The staging folder cannot be used (${code}): check spec.staging.`, {
    cause,
  });
}
