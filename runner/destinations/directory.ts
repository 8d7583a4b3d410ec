import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BackupError } from '../../crds/failureReason.ts';
import { sizeInWords } from '../../crds/inWords.ts';
import type { Destination, DestinationState, FileTags, NewFile, StoredFile, Upload } from './destination.ts';
import { directoryError, errorCode, plainName } from './directoryError.ts';
import { DirectoryUpload } from './directoryUpload.ts';
import { fileBytes, hashFile } from './hashFile.ts';
import { probeDestination } from './probeDestination.ts';
import { readSidecar, sidecarFolder, sidecarPath, writeJSON } from './sidecar.ts';
import { sweepUnfinished } from './sweepUnfinished.ts';

const trashFolder = '.trash';

/**
 * A folder of a file system as a destination; nothing is touched before the first call. Checksum and tags of a file
 * lie in `.dbbackup/NAME.json`; removed with mode Trash, it goes to `.trash`, which nobody empties but a person.
 */
export async function openDirectory(options: { path: string }): Promise<Destination> {
  return new Directory(resolve(options.path));
}

class Directory implements Destination {
  readonly kind = 'directory';
  readonly #folder: string;
  #swept: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  inspect(signal: AbortSignal): Promise<DestinationState> {
    return this.#doing('look at the folder', signal, async () => {
      if (!(await stat(this.#folder)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
      const { bsize, blocks, bfree, bavail } = await statfs(this.#folder);
      return {
        now: await this.#now(),
        freeBytes: bavail * bsize,
        usage: `${sizeInWords((blocks - bfree) * bsize)} of ${sizeInWords(blocks * bsize)} used`,
      };
    });
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { now } = await this.inspect(signal);
    await probeDestination(this, randomBytes(6).toString('hex'), now, signal);
  }

  create(file: NewFile, signal: AbortSignal): Promise<Upload> {
    return this.#doing(`store ${file.name}`, signal, async () => {
      plainName(file.name);
      await this.#prepare();
      if (await exists(join(this.#folder, file.name))) throw Object.assign(new Error(), { code: 'EEXIST' });
      return DirectoryUpload.start(this.#folder, file, signal);
    });
  }

  list(signal: AbortSignal): Promise<StoredFile[]> {
    return this.#doing('list the folder', signal, async () => {
      const files: StoredFile[] = [];
      for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
        signal.throwIfAborted();
        if (!entry.isFile() || entry.name.startsWith('.')) continue;
        const file = await this.#look(entry.name, signal);
        if (file) files.push(file);
      }
      return files;
    });
  }

  get(id: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    return this.#doing('look at a file', signal, async () => {
      await stat(this.#folder);
      const file = await this.#look(plainName(id), signal);
      if (!file || file.sha256 !== undefined) return file;
      return { ...file, sha256: await hashFile(join(this.#folder, id), signal) };
    });
  }

  async *read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    try {
      yield* fileBytes(join(this.#folder, plainName(id)), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) === 'ENOENT') {
        throw new BackupError('FolderNotFound', `${id} is not in ${this.#folder} any more.`, {
          cause: error,
        });
      }
      throw directoryError(error, this.#folder, `read ${id}`);
    }
  }

  remove(id: string, mode: 'Trash' | 'Delete', signal: AbortSignal): Promise<void> {
    return this.#doing(`remove ${id}`, signal, async () => {
      const path = join(this.#folder, plainName(id));
      if (!(await exists(path))) return;
      if (mode === 'Delete') {
        await rm(path, { force: true });
        await rm(sidecarPath(this.#folder, id), { force: true });
        return;
      }
      const trash = join(this.#folder, trashFolder);
      await mkdir(join(trash, sidecarFolder), { recursive: true });
      const name = (await exists(join(trash, id))) ? `${id}.${randomBytes(4).toString('hex')}` : id;
      await rename(path, join(trash, name));
      await rename(sidecarPath(this.#folder, id), sidecarPath(trash, name)).catch((error) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    });
  }

  tag(id: string, tags: FileTags, signal: AbortSignal): Promise<void> {
    return this.#doing(`tag ${id}`, signal, async () => {
      const path = join(this.#folder, plainName(id));
      if (!(await exists(path))) throw this.#gone(id);
      const { size, mtimeNs, mtime } = await lstat(path, { bigint: true });
      const known = await readSidecar(this.#folder, id);
      await mkdir(join(this.#folder, sidecarFolder), { recursive: true });
      await writeJSON(sidecarPath(this.#folder, id), {
        ...(known ?? {
          bytes: Number(size),
          sha256: await hashFile(path, signal),
          mtimeNs: String(mtimeNs),
          createdAt: mtime.toISOString(),
        }),
        tags,
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #gone(id: string): BackupError {
    return new BackupError('FolderNotFound', `${id} is not in ${this.#folder} any more.`);
  }

  async #doing<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw directoryError(error, this.#folder, what);
    }
  }

  async #prepare(): Promise<void> {
    // Not recursive: a folder that is missing is told, not made.
    await mkdir(join(this.#folder, sidecarFolder)).catch((error) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    // Before the first file of ours, whatever its deadline; the others wait for it.
    this.#swept ??= this.#now().then((now) => sweepUnfinished(this.#folder, now));
    await this.#swept;
  }

  /** The file system's clock: that of the server on a network file system. */
  async #now(): Promise<Date> {
    const path = join(this.#folder, `.dbbackup-${randomBytes(6).toString('hex')}.tmp`);
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.write('.');
      await handle.sync();
      return (await handle.stat()).mtime;
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  }

  /** The file with its checksum; that is undefined for a file without sidecar, which may be anything. */
  async #look(name: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    const path = join(this.#folder, name);
    try {
      const found = await lstat(path, { bigint: true });
      if (!found.isFile()) return undefined;
      const [bytes, mtimeNs] = [Number(found.size), String(found.mtimeNs)];
      const sidecar = await readSidecar(this.#folder, name);
      if (!sidecar) return { id: name, name, bytes, sha256: undefined, createdAt: found.mtime };
      const same = sidecar.bytes === bytes && sidecar.mtimeNs === mtimeNs;
      const sha256 = same ? sidecar.sha256 : await hashFile(path, signal);
      // A copied or touched file: noted, or each listing would read it again. A folder that is read-only may stay so.
      if (!same && sha256 === sidecar.sha256) {
        await writeJSON(sidecarPath(this.#folder, name), { ...sidecar, mtimeNs }).catch(() => {});
      }
      return {
        id: name,
        name,
        bytes,
        sha256,
        createdAt: new Date(sidecar.createdAt),
        ...(sidecar.tags ? { tags: sidecar.tags } : {}),
      };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
