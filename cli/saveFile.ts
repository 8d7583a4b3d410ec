import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../crds/failureReason.ts';
import { errorCode } from '../runner/destinations/directoryError.ts';

export interface SavedFile {
  readonly bytes: number;
  /** Of what lies on the disk now; lower-case hex. */
  readonly sha256: string;
}

export interface NewLocalFile {
  readonly folder: string;
  readonly name: string;
  /** Whether the whole content is what it should be; what it throws is thrown, and the file is not kept. */
  readonly accept: (saved: SavedFile) => void;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Writes a stream to a new file. Under its name it appears only whole, accepted and on the disk; a file that exists
 * is never overwritten, and after a failure nothing is left. Throws DestinationFull, InvalidSpec and what the stream throws.
 */
export async function saveFile(
  { folder, name, accept, onBytes }: NewLocalFile,
  content: AsyncIterable<Uint8Array>,
): Promise<SavedFile> {
  const path = join(folder, name);
  const partial = join(folder, `.${name}.${randomBytes(4).toString('hex')}.part`);
  try {
    const handle = await open(partial, 'wx', 0o600);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of content) {
        for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
        hash.update(chunk);
        bytes += chunk.length;
        onBytes(chunk.length);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const saved = { bytes, sha256: hash.digest('hex') };
    accept(saved);
    await publish(partial, path);
    return saved;
  } catch (error) {
    throw localError(error, path, folder);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Throws InvalidSpec if the name is taken in the folder. */
export async function refuseExisting(folder: string, name: string): Promise<void> {
  try {
    await lstat(join(folder, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw localError(error, join(folder, name), folder);
  }
  throw taken(join(folder, name));
}

/** The BackupError of a failed file operation on this machine; other errors come back as they are. */
export function localError(error: unknown, path: string, folder: string): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof BackupError) return error;
  if (code === 'EEXIST') return taken(path);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new BackupError(
      'DestinationFull',
      `There is no room for ${path}: choose another folder with --to.`,
      {
        cause: error,
      },
    );
  }
  return new BackupError(
    'InvalidSpec',
    `${path} cannot be written (${code}): check the folder ${folder} and who may write to it.`,
    { cause: error },
  );
}

// Unlike rename, link refuses a name that is taken, also by somebody who was faster than us.
async function publish(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    const exists = await lstat(path).catch(() => undefined);
    if (exists) throw taken(path);
    await rename(partial, path);
  }
}

function taken(path: string): BackupError {
  return new BackupError(
    'InvalidSpec',
    `${path} exists, and no file is overwritten: remove it, or choose another folder with --to.`,
  );
}
