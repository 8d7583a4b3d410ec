import { readdirSync, readFileSync } from 'node:fs';

/** Processes of this machine by their session; a container's processes are those of its first process' session. */
export function sessionProcesses(): Map<number, number[]> {
  const sessions = new Map<number, number[]>();
  for (const name of processNames()) {
    const stat = read(`/proc/${name}/stat`);
    // The program's name, in brackets, may hold anything: what follows its last bracket is numbers.
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (session === undefined || state === 'Z') continue;
    const members = sessions.get(Number(session));
    if (members) members.push(Number(name));
    else sessions.set(Number(session), [Number(name)]);
  }
  return sessions;
}

/**
 * Bytes that a process holds and the kernel can't take back: anonymous and shared memory, not the pages of its
 * program, which a memory cgroup gives up before it kills.
 */
export function heldMemory(pid: number): number {
  const status = read(`/proc/${pid}/status`);
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}

function processNames(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // a system without /proc
  }
}

// A process that ended in between has nothing to say.
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
