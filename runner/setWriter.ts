import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../crds/failureReason.ts';
import type { Manifest } from '../crds/manifest.ts';
import { type FileFormat, fileFormats } from '../crds/runReport.ts';
import type { Destination, FileTags, StoredFile } from './destinations/destination.ts';
import { storeFile } from './destinations/storeFile.ts';
import type { ByteSink } from './exporters/exporter.ts';
import type { RunProgress } from './progress.ts';

/** A file of the set that the destination confirmed. */
export interface Artifact {
  readonly format: FileFormat;
  readonly contentType: string;
  readonly stored: StoredFile;
  readonly sha256: string;
}

/** A file of the set while it is written. */
export interface ArtifactSink extends ByteSink {
  /** No more bytes come. Streamed: resolves when the destination confirmed size and checksum. */
  finish(): Promise<void>;
}

export interface SetWriterOptions {
  readonly destination: Destination;
  readonly tags: FileTags;
  /** Folder for staged files; left out: files are streamed. */
  readonly stagingDirectory?: string | undefined;
  readonly progress: RunProgress;
}

// A stopped run has 20 seconds, of which the mail takes 6 at most; abort() of an upload takes up to 10.
const cleaningTime = 6_000;
const abortsFirst = 4_000;
// Less than the hour after which another run may take our files for those of a dead one.
const latestManifest = 30 * 60_000;

/** Writes the files of one set, and takes all of them back if the set does not become complete. */
export class SetWriter {
  readonly #options: SetWriterOptions;
  readonly #signal: AbortSignal;
  readonly #artifacts: Artifact[] = [];
  readonly #open = new Set<{ abort(): Promise<void> }>();
  readonly #staged: StagedFile[] = [];
  #folder: Promise<string> | undefined;

  constructor(options: SetWriterOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Files that are confirmed, in the order of the formats. */
  get artifacts(): readonly Artifact[] {
    const order = ({ format }: Artifact) => fileFormats.indexOf(format);
    return [...this.#artifacts].sort((a, b) => order(a) - order(b));
  }

  /** Starts a file of the set: `backup_20260210_020000` + `.csv`. */
  async create(format: FileFormat, extension: string, contentType: string): Promise<ArtifactSink> {
    const name = `${this.#options.tags.set}${extension}`;
    const counted = (bytes: number) => {
      this.#options.progress.bytes += bytes;
    };
    if (this.#options.stagingDirectory !== undefined && format !== 'manifest') {
      const file = await this.#stage(name, format, contentType);
      return {
        async write(chunk) {
          await file.write(chunk);
          counted(chunk.length);
        },
        finish: () => file.close(),
      };
    }
    const upload = await this.#options.destination.create(
      { name, contentType, tags: this.#options.tags },
      this.#signal,
    );
    this.#open.add(upload);
    return {
      async write(chunk) {
        await upload.write(chunk);
        counted(chunk.length);
      },
      finish: async () => {
        const stored = await upload.finish();
        this.#open.delete(upload);
        this.#confirm({ format, contentType, stored, sha256: stored.sha256 ?? '' });
      },
    };
  }

  /** With staging: uploads the staged files, each again from its start where an upload is lost. Else does nothing. */
  async uploadStaged(): Promise<void> {
    for (const file of this.#staged.splice(0)) {
      const { destination, tags } = this.#options;
      const stored = await storeFile(
        destination,
        { bytes: file.bytes, open: () => file.read() },
        { name: file.name, contentType: file.contentType, tags },
        this.#signal,
      );
      if (stored.sha256 !== file.sha256) {
        await this.#remove(stored.id);
        throw new BackupError(
          'ChecksumMismatch',
          `${file.name} changed on the staging disk between writing and uploading.`,
        );
      }
      this.#confirm({ format: file.format, contentType: file.contentType, stored, sha256: file.sha256 });
      await rm(file.path, { force: true });
    }
  }

  /** A last look at every file: throws UploadFailed if one is not there any more as it was confirmed. */
  async confirm(): Promise<void> {
    for (const { stored, sha256 } of this.#artifacts) {
      const now = await this.#options.destination.get(stored.id, this.#signal);
      if (now === undefined || now.bytes !== stored.bytes || now.sha256 !== sha256) {
        throw new BackupError(
          'UploadFailed',
          `${stored.name} was removed or changed at the destination while the set was written.`,
        );
      }
    }
  }

  /**
   * Stores the manifest, which makes the set count. Throws DeadlineExceeded if it comes long after the deadline of
   * the set, by the destination's clock: a machine that slept does not notice, and others may have removed our files.
   */
  async writeManifest(manifest: Manifest): Promise<StoredFile> {
    const file = await this.create('manifest', '.manifest.json', 'application/json');
    await file.write(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    await file.finish();
    const stored = this.#artifacts.find(({ format }) => format === 'manifest')?.stored;
    if (stored === undefined) throw new Error('the manifest was finished and is not there');
    if (stored.createdAt.getTime() > Date.parse(this.#options.tags.deadline) + latestManifest) {
      throw new BackupError(
        'DeadlineExceeded',
        'The set became complete long after its deadline: the machine slept, or the clock of the destination jumped.',
      );
    }
    return stored;
  }

  /** Cancels what is open and removes what is finished; works after the run was aborted. Gives the files that stayed. */
  async discard(): Promise<readonly string[]> {
    const aborts = Promise.all([...this.#open].map((upload) => upload.abort()));
    this.#open.clear();
    // A manifest that is being written goes before the files that it names, but may not use up their time.
    await Promise.race([aborts, delay(abortsFirst, undefined, { ref: false })]);
    const removals = this.#artifacts
      .splice(0)
      .map(async ({ stored }) => ((await this.#remove(stored.id)) ? [] : [stored.name]));
    const [left] = await Promise.all([Promise.all(removals), aborts]);
    return left.flat();
  }

  /** Removes the staging folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#staged.map((file) => file.close().catch(() => {})));
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  #confirm(artifact: Artifact): void {
    this.#artifacts.push(artifact);
  }

  async #stage(name: string, format: FileFormat, contentType: string): Promise<StagedFile> {
    this.#folder ??= mkdtemp(join(this.#options.stagingDirectory ?? '', 'dbbackup-'));
    const path = join(await this.#folder.catch(stagingFailed), name);
    const handle = await open(path, 'wx', 0o600).catch(stagingFailed);
    const file = new StagedFile({ path, name, format, contentType }, handle);
    this.#staged.push(file);
    return file;
  }

  async #remove(id: string): Promise<boolean> {
    try {
      // For ever: the files of an unfinished set are no copy of anything, and the bin counts against the quota.
      await this.#options.destination.remove(id, 'Delete', AbortSignal.timeout(cleaningTime));
      return true;
    } catch {
      return false;
    }
  }
}

class StagedFile {
  readonly path: string;
  readonly name: string;
  readonly format: FileFormat;
  readonly contentType: string;
  bytes = 0;
  sha256 = '';
  readonly #hash = createHash('sha256');
  #handle: FileHandle | undefined;

  constructor(facts: Pick<StagedFile, 'path' | 'name' | 'format' | 'contentType'>, handle: FileHandle) {
    this.path = facts.path;
    this.name = facts.name;
    this.format = facts.format;
    this.contentType = facts.contentType;
    this.#handle = handle;
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

function stagingFailed(cause: unknown): never {
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
