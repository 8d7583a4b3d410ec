import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const top = '/sys/fs/cgroup';
const isUnified = () => existsSync(join(top, 'cgroup.controllers'));

/** Makes a cgroup in every hierarchy (v1), or in the one (v2) with all controllers for its children. */
export async function makeCgroup(path: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const place = join(hierarchy, path);
    await mkdir(place);
    if (existsSync(join(place, 'cgroup.controllers'))) await delegate(place);
    // A new cpuset is empty, and no process may enter it.
    for (const file of ['cpuset.cpus', 'cpuset.mems'].filter(() => !isUnified())) {
      if (existsSync(join(place, file)))
        await writeFile(join(place, file), await readFile(join(hierarchy, file)));
    }
  }
}

/** Removes the topmost cgroups of such names; those with processes in them stay. */
export async function removeCgroups(isMeant: (name: string) => boolean): Promise<void> {
  for (const hierarchy of hierarchies()) {
    for (const name of await readdir(hierarchy)) {
      if (isMeant(name)) await removeTree(join(hierarchy, name));
    }
  }
}

/** What the kernel says of a cgroup: the file of v2 or that of v1 in its controller's hierarchy. */
export async function readCgroup(
  path: string,
  v2: string,
  v1: { controller: string; file: string },
): Promise<string> {
  return readFile(join(cgroupFolder(path, v1.controller), isUnified() ? v2 : v1.file), 'utf8');
}

/** The folder of a cgroup: in the one hierarchy of v2, or in that of the controller. */
export function cgroupFolder(path: string, controller: string): string {
  return join(isUnified() ? top : join(top, controller), path);
}

function hierarchies(): string[] {
  if (isUnified()) return [top];
  const mounted = readFileSync('/proc/self/mounts', 'utf8').matchAll(/^\S+ (\S+) cgroup2? /gm);
  return [...new Set([...mounted].map(([, place]) => place ?? ''))].filter(Boolean);
}

async function delegate(place: string): Promise<void> {
  const parent = dirname(place);
  for (const folder of [parent, place]) {
    const available = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim();
    for (const controller of available.split(' ').filter(Boolean)) {
      // Some can't be handed on here, and none of those is needed.
      await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`).catch(() => {});
    }
  }
}

// The kernel needs a moment after the last process is gone.
async function removeTree(place: string): Promise<void> {
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(place, entry.name));
  }
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      return await rmdir(place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
      const processes = await readFile(join(place, 'cgroup.procs'), 'utf8').catch(() => '');
      if (processes !== '' && attempt > 5) return;
      await delay(20);
    }
  }
}
