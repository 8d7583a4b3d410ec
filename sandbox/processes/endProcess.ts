import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Ends a server by a signal and waits until it is gone; SIGKILL goes to all its processes. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const others = signal === 'SIGKILL' ? await childrenOf(child.pid) : [];
  const exit = new Promise<void>((done) => child.once('exit', () => done()));
  child.ref();
  child.kill(signal);
  // A busy backend notices only at its next wait that its postmaster is gone.
  for (const pid of others) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It had ended already.
    }
  }
  await exit;
}

/** Whether the process is gone. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // no /proc on this system: the backends end when they notice
  }
}
