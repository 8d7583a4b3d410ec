import { mkdir, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../../processes/runProgram.ts';

/** Where images and what they are made from are kept: below XDG_CACHE_HOME or ~/.cache. */
export function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(home, 'dbbackup', 'images');
}

/** Runs a command of buildah on our own store of images, which no other program sees, and gives its output. */
export async function buildah(args: readonly string[]): Promise<string> {
  const directory = imageCache();
  const root = join(directory, 'storage');
  await mkdir(root, { recursive: true });
  // On an overlay no overlay can be mounted.
  const isOverlay = (await statfs(root)).type === 0x794c7630;
  const place = ['--root', root, '--runroot', join(directory, 'run')];
  const driver = ['--storage-driver', isOverlay ? 'vfs' : 'overlay'];
  // What it mounts goes with it.
  return runProgram('unshare', ['--mount', 'buildah', ...place, ...driver, ...args]);
}
