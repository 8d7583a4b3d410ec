import { link, open, rename, unlink } from 'node:fs/promises';
import { errorCode } from './directoryError.ts';

const withoutHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a finished file its name without ever replacing another one: EEXIST if the name is taken. File systems
 * without hard links (FAT, some network ones) get an empty file of that name first, which is then replaced.
 * `claimed` is called as soon as the name is ours.
 */
export async function claimName(
  from: string,
  to: string,
  claimed: () => void,
  hardLink = link,
): Promise<void> {
  try {
    await hardLink(from, to);
  } catch (error) {
    if (!withoutHardLinks.has(errorCode(error) ?? '')) throw error;
    await (await open(to, 'wx', 0o644)).close();
    claimed();
    await rename(from, to);
    return;
  }
  claimed();
  await unlink(from);
}
