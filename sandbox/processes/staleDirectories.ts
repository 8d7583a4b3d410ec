import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Notes in `directory` that it belongs to this process, for `removeStaleDirectories` of a later one. */
export function writeOwner(directory: string): void {
  writeFileSync(join(directory, 'owner'), `${hostname()} ${process.pid}\n`);
}

/** Notes beside the owner a server that works in `directory` and names it in its command line. */
export function noteServer(directory: string, pid: number | undefined): void {
  if (pid !== undefined) appendFileSync(join(directory, 'owner'), `${pid}\n`);
}

/**
 * Ends the servers and removes the directories below `parent` that begin with `prefix` and whose owner no
 * longer lives: what is left when a process and its watchdog were killed together. Those of another host name
 * (a container that shares /tmp) are left alone.
 */
export function removeStaleDirectories(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(parent, name);
    const [host, owner, ...servers] = words(join(directory, 'owner'));
    if (host !== hostname() || owner === undefined || isAlive(Number(owner))) continue;
    for (const server of servers) {
      // The number may belong to another process by now.
      if (read(`/proc/${server}/cmdline`).includes(directory)) signal(Number(server), 'SIGKILL');
    }
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Not ours to remove: another user's.
    }
  }
}

function words(file: string): string[] {
  return read(file).split(/\s+/).filter(Boolean);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
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
