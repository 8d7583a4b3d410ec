import { chmod, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFiles } from './volumeFiles.ts';

/**
 * Writes the files of a volume as the kubelet's AtomicWriter does: into a dated folder that `..data` points to,
 * with a link for each name at the top. New contents replace the old ones all at once.
 */
export async function writeVolume(directory: string, files: VolumeFiles): Promise<void> {
  const link = join(directory, '..data');
  const old = await readlink(link).catch(() => undefined);
  if (old !== undefined && (await holds(join(directory, old), files))) return;
  const folder = `..${new Date().toISOString().replace(/\W/g, '_')}_${process.hrtime.bigint()}`;
  await makeDirectory(join(directory, folder), 0o755);
  for (const [path, { data, mode }] of files) {
    const file = join(directory, folder, path);
    if (dirname(path) !== '.') await makeDirectory(dirname(file), 0o755);
    await writeFile(file, data, { mode: 0o600 });
    await chmod(file, mode);
  }
  await symlink(folder, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), link);

  const tops = new Set([...files.keys()].map((path) => path.split('/')[0] as string));
  const there = (await readdir(directory)).filter((name) => !name.startsWith('..'));
  for (const name of tops)
    if (!there.includes(name)) await symlink(join('..data', name), join(directory, name));
  for (const name of there) if (!tops.has(name)) await rm(join(directory, name));
  if (old !== undefined) await rm(join(directory, old), { recursive: true, force: true });
}

/** Makes a directory (and those above it) with this mode, whatever the umask says. */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

async function holds(folder: string, files: VolumeFiles): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.filter((entry) => entry.isFile()).length !== files.size) return false;
  for (const [path, { data }] of files) {
    const current = await readFile(join(folder, path)).catch(() => undefined);
    if (!current?.equals(data)) return false;
  }
  return true;
}
