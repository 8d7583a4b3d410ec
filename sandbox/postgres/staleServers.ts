import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What the names of our servers' directories begin with. */
export const directoryPrefix = 'dbbackup-postgres-';

/** Notes in `directory` that it belongs to this process, for `removeStaleServers` of a later one. */
export function writeOwner(directory: string): void {
  writeFileSync(join(directory, 'owner'), `${hostname()} ${process.pid}\n`);
}

/**
 * Ends the servers and removes the directories below `parent` whose owner no longer lives: what is left when
 * a process and its watchdog were killed together. Those of another host name (a container that shares
 * /tmp) are left alone.
 */
export function removeStaleServers(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(directoryPrefix)) continue;
    const directory = join(parent, name);
    const [host, owner] = words(join(directory, 'owner'));
    if (host !== hostname() || owner === undefined || isAlive(Number(owner))) continue;
    const [postmaster] = words(join(directory, 'data', 'postmaster.pid'));
    if (postmaster !== undefined && words(`/proc/${postmaster}/comm`)[0] === 'postgres') {
      signal(Number(postmaster), 'SIGKILL');
    }
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Not ours to remove: another user's.
    }
  }
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0) !== 'ESRCH';
}

function signal(pid: number, name: NodeJS.Signals | 0): string | undefined {
  try {
    process.kill(pid, name);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
