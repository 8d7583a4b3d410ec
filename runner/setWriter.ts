import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../crds/failureReason.ts';
import { type Manifest, manifestExtension, type SetTables } from '../crds/manifest.ts';
import { type FileFormat, fileFormats } from '../crds/runReport.ts';
import type { Destination, FileTags, StoredFile } from './destinations/destination.ts';
import { storeFile } from './destinations/storeFile.ts';
import { ageExtension } from './encryption/encryptedName.ts';
import { encryptedSink } from './encryption/encryptedSink.ts';
import type { ByteSink } from './exporters/exporter.ts';
import type { RunProgress } from './progress.ts';
import { StagedFile, stagingFailed } from './stagedFile.ts';

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
  /** For whom every file but the manifest is encrypted; left out: files stay in clear. */
  readonly recipients?: readonly string[] | undefined;
  readonly progress: RunProgress;
}

/** What is made when the others are stored, and is small. */
const written: ReadonlySet<FileFormat> = new Set(['tables', 'manifest']);

// A stopped run has 20 seconds, of which the mail takes 6 at most; ending an upload alone may take 10.
const abortsFirst = 4_000;
const cleaningTime = 4_000;
const lateCleaningTime = 2_000;
// Less than the hour after which another run may take our files for those of a dead one.
const latestManifest = 30 * 60_000;

/** Writes the files of one set, and takes all of them back if the set does not become complete. */
export class SetWriter {
  readonly #options: SetWriterOptions;
  readonly #signal: AbortSignal;
  readonly #artifacts: Artifact[] = [];
  readonly #open = new Set<{ abort(): Promise<void> }>();
  readonly #finishing = new Set<Promise<void>>();
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

  /** Starts a file of the set: `backup_20260210_020000` + `.csv`, and `.age` where it is encrypted. */
  async create(format: FileFormat, extension: string, contentType: string): Promise<ArtifactSink> {
    const { recipients } = this.#options;
    if (recipients === undefined || format === 'manifest') return this.#start(format, extension, contentType);
    // Size and checksum are those of the encrypted file: it can be verified without an identity.
    const file = await this.#start(format, extension + ageExtension, 'application/octet-stream');
    const sink = await encryptedSink(recipients, file);
    return {
      write: (chunk) => sink.write(chunk),
      async finish() {
        await sink.end();
        await file.finish();
      },
    };
  }

  async #start(format: FileFormat, extension: string, contentType: string): Promise<ArtifactSink> {
    const name = `${this.#options.tags.set}${extension}`;
    const counted = (bytes: number) => {
      this.#options.progress.bytes += bytes;
    };
    if (this.#options.stagingDirectory !== undefined && !written.has(format)) {
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
      finish: () =>
        this.#finish(async () => {
          const stored = await upload.finish();
          this.#open.delete(upload);
          this.#artifacts.push({ format, contentType, stored, sha256: stored.sha256 ?? '' });
        }),
    };
  }

  /** With staging: uploads the staged files, each again from its start where an upload is lost. Else does nothing. */
  async uploadStaged(): Promise<void> {
    for (const file of this.#staged.splice(0)) {
      await this.#finish(() => this.#upload(file));
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

  /** Of an encrypted set: stores what its manifest does not say in clear. */
  async writeTables(tables: SetTables): Promise<void> {
    await this.#writeJSON('tables', '.tables.json', tables);
  }

  /**
   * Stores the manifest, which makes the set count. Throws DeadlineExceeded if it comes long after the deadline of
   * the set, by the destination's clock: a machine that slept does not notice, and others may have removed our files.
   */
  async writeManifest(manifest: Manifest): Promise<StoredFile> {
    await this.#writeJSON('manifest', manifestExtension, manifest);
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

  async #writeJSON(format: FileFormat, extension: string, content: Manifest | SetTables): Promise<void> {
    const file = await this.create(format, extension, 'application/json');
    await file.write(Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
    await file.finish();
  }

  /** Cancels what is open and removes what is finished; works after the run was aborted. Gives the files that stayed. */
  async discard(): Promise<readonly string[]> {
    const aborts = [...this.#open].map((upload) => upload.abort());
    this.#open.clear();
    const ending = Promise.allSettled([...aborts, ...this.#finishing]);
    // A manifest that is being written goes before the files that it names, but may not use up their time.
    await Promise.race([ending, delay(abortsFirst, undefined, { ref: false })]);
    const late = delay(cleaningTime, undefined, { ref: false });
    const [left] = await Promise.all([this.#removeAll(cleaningTime), Promise.race([ending, late])]);
    // What was finished in spite of all.
    return [...left, ...(await this.#removeAll(lateCleaningTime))];
  }

  /** Removes the staging folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#staged.map((file) => file.close().catch(() => {})));
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  /**
   * Does what makes a file real, but does not wait for it to clean up after the run was aborted: that may take long
   * where the destination is out of reach, and discard() waits for it while it removes the other files.
   */
  async #finish(work: () => Promise<void>): Promise<void> {
    this.#signal.throwIfAborted();
    const finishing = work();
    this.#finishing.add(finishing);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([finishing, aborted]);
      this.#finishing.delete(finishing);
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
  }

  async #upload(file: StagedFile): Promise<void> {
    const { destination, tags } = this.#options;
    const { name, contentType, format, bytes, sha256 } = file;
    const source = { bytes, open: () => file.read() };
    const stored = await storeFile(destination, source, { name, contentType, tags }, this.#signal);
    this.#artifacts.push({ format, contentType, stored, sha256 });
    if (stored.sha256 === sha256) return;
    throw new BackupError(
      'ChecksumMismatch',
      `${name} changed on the staging disk between writing and uploading.`,
    );
  }

  async #stage(name: string, format: FileFormat, contentType: string): Promise<StagedFile> {
    this.#folder ??= mkdtemp(join(this.#options.stagingDirectory ?? '', 'dbbackup-'));
    const path = join(await this.#folder.catch(stagingFailed), name);
    const file = await StagedFile.create({ path, name, format, contentType });
    this.#staged.push(file);
    return file;
  }

  /** Removes the confirmed files and gives the names of those that stayed. */
  async #removeAll(time: number): Promise<string[]> {
    const left = await Promise.all(
      this.#artifacts.splice(0).map(async ({ stored }) => {
        try {
          // For ever: the files of an unfinished set are no copy of anything, and the bin counts against the quota.
          await this.#options.destination.remove(stored.id, 'Delete', AbortSignal.timeout(time));
          return [];
        } catch {
          return [stored.name];
        }
      }),
    );
    return left.flat();
  }
}
