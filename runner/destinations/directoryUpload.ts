import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../crds/failureReason.ts';
import { claimName } from './claimName.ts';
import type { NewFile, StoredFile, Upload } from './destination.ts';
import { directoryError, errorCode } from './directoryError.ts';
import { type Sidecar, sidecarFolder, sidecarPath, writeJSON } from './sidecar.ts';

const bufferBytes = 1024 * 1024;
// Written back while the export goes on, so that the last fsync has little left to do.
const syncEvery = 64 * bufferBytes;

/**
 * A file on its way into a folder. It is written beside the others as `.dbbackup/NAME.part`, and gets its name only
 * when it is whole and on the disk (fsync); a file of that name is never overwritten (NameTaken). Size and errors of
 * writing are verified; the bytes are not read again, since they would come from memory, not from the disk:
 * `dbbackup verify` does that.
 */
export class DirectoryUpload implements Upload {
  readonly #folder: string;
  readonly #file: NewFile;
  readonly #signal: AbortSignal;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #filling = Buffer.allocUnsafeSlow(bufferBytes);
  #spare = Buffer.allocUnsafeSlow(bufferBytes);
  #filled = 0;
  #bytes = 0;
  #unsynced = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #named = false;
  #ended = false;

  private constructor(folder: string, file: NewFile, handle: FileHandle, signal: AbortSignal) {
    this.#folder = folder;
    this.#file = file;
    this.#handle = handle;
    this.#signal = signal;
  }

  /** Claims the name among the unfinished files. Throws NameTaken and what directoryError.ts says. */
  static async start(folder: string, file: NewFile, signal: AbortSignal): Promise<DirectoryUpload> {
    const handle = await open(partPath(folder, file.name), 'wx', 0o644);
    const upload = new DirectoryUpload(folder, file, handle, signal);
    try {
      await writeJSON(sidecarPath(folder, file.name, true), { tags: file.tags });
    } catch (error) {
      await upload.abort();
      throw error;
    }
    return upload;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#failure) throw this.#failure.error;
      const part = rest.subarray(0, bufferBytes - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#hash.update(part);
      this.#filled += part.length;
      this.#bytes += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === bufferBytes) await this.#flush();
    }
  }

  async finish(): Promise<StoredFile> {
    try {
      await this.#flush();
      await this.#settled();
      if (this.#failure) throw this.#failure.error;
      this.#signal.throwIfAborted();
      const stored = await this.#complete();
      this.#ended = true;
      return stored;
    } catch (error) {
      await this.abort();
      throw directoryError(error, this.#folder, `store ${this.#file.name}`);
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#settled();
    await this.#handle.close().catch(() => {});
    const { name } = this.#file;
    const leftovers = [partPath(this.#folder, name), sidecarPath(this.#folder, name, true)];
    if (this.#named) leftovers.push(join(this.#folder, name), sidecarPath(this.#folder, name));
    for (const path of leftovers) await rm(path, { force: true }).catch(() => {});
  }

  /** Starts to write what is filled once the write before is done; the other buffer takes what comes next. */
  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
    const { filling, filled } = { filling: this.#filling, filled: this.#filled };
    this.#filling = this.#spare;
    this.#spare = filling;
    this.#filled = 0;
    this.#writing = this.#noting(() => writeAll(this.#handle, filling.subarray(0, filled)));
    this.#unsynced += filled;
    if (this.#unsynced < syncEvery) return;
    this.#unsynced = 0;
    await this.#syncing;
    this.#syncing = this.#noting(() => this.#handle.datasync());
  }

  async #noting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure ??= { error: directoryError(error, this.#folder, `store ${this.#file.name}`) };
    }
  }

  async #settled(): Promise<void> {
    await this.#writing;
    await this.#syncing;
  }

  async #complete(): Promise<StoredFile> {
    const { name, tags, bytes: announced } = this.#file;
    await this.#handle.sync();
    const { size, mtimeNs, mtimeMs } = await this.#handle.stat({ bigint: true });
    await this.#handle.close();
    if (announced !== undefined && announced !== this.#bytes) {
      throw new BackupError(
        'UploadFailed',
        `${name} has ${this.#bytes} bytes, but ${announced} were announced: the source changed while it was read.`,
      );
    }
    if (size !== BigInt(this.#bytes)) {
      throw new BackupError(
        'ChecksumMismatch',
        `${name} has ${size} bytes on the disk instead of ${this.#bytes}.`,
      );
    }
    const createdAt = new Date(Number(mtimeMs));
    const sidecar: Sidecar = {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      mtimeNs: String(mtimeNs),
      createdAt: createdAt.toISOString(),
      tags,
    };
    await writeJSON(sidecarPath(this.#folder, name, true), sidecar);
    await claimName(partPath(this.#folder, name), join(this.#folder, name), () => {
      this.#named = true;
    });
    await rename(sidecarPath(this.#folder, name, true), sidecarPath(this.#folder, name));
    await syncFolder(this.#folder);
    await syncFolder(join(this.#folder, sidecarFolder));
    return { id: name, name, bytes: this.#bytes, sha256: sidecar.sha256, createdAt, tags };
  }
}

/** Where the unfinished file lies. */
export function partPath(folder: string, name: string): string {
  return join(folder, sidecarFolder, `${name}.part`);
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

// Some network file systems do not let a folder be synced; the names are in order without it.
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
