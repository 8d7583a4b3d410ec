import { heldMemory, sessionProcesses } from './sessions.ts';

/** Watches how much memory containers hold. */
export interface MemoryGuard {
  /** Calls `onExceeded` once when the session of `pid` holds more than `limit` bytes; the answer ends the watch. */
  watch(pid: number, limit: number, onExceeded: () => void): () => void;
}

// A look at all processes of the machine costs ten times one at those that are known.
const looksAtKnown = 5;

/** Looks every `intervalMs`, and only while there is a container with a limit; children are found at every fifth look. */
export function memoryGuard(intervalMs = 200): MemoryGuard {
  const watched = new Map<number, { limit: number; onExceeded: () => void }>();
  let sessions: ReadonlyMap<number, readonly number[]> = new Map();
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (looks++ % looksAtKnown === 0) sessions = sessionProcesses();
    for (const [pid, { limit, onExceeded }] of watched) {
      const members = sessions.get(pid) ?? [pid];
      const held = members.reduce((sum, member) => sum + heldMemory(member), 0);
      if (held > limit && watched.delete(pid)) onExceeded();
    }
  };
  return {
    watch(pid, limit, onExceeded) {
      watched.set(pid, { limit, onExceeded });
      timer ??= setInterval(look, intervalMs);
      return () => {
        watched.delete(pid);
        if (watched.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
