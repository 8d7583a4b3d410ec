import { readFileSync } from 'node:fs';

/** Whether a process does anything still: a zombie that no init reaps has ended too. Linux alone. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
