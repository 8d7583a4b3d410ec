import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Watchdog } from '../../processes/watchdog.ts';
import type { MemoryGuard } from './memoryGuard.ts';
import { sessionProcesses } from './sessions.ts';

export interface ProcessOptions {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Takes both output streams. */
  readonly logFile: string;
  /** Bytes. */
  readonly memoryLimit?: number | undefined;
}

export interface ProcessExit {
  /** 128 + its number for a signal, as a container runtime says it. */
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled';
  readonly finishedAt: Date;
}

/** The first process of a container, at the head of a session of its own. */
export interface ContainerProcess {
  readonly pid: number;
  readonly startedAt: Date;
  /** Never fails. All of the session was killed then. */
  readonly ended: Promise<ProcessExit>;
  /** SIGTERM, and SIGKILL to all when the time is over; called again, the shorter time counts. */
  stop(graceMs: number): void;
  kill(): void;
}

/** Starts the process. Rejects where there is no such program (ENOENT, EACCES). */
export async function startContainerProcess(
  options: ProcessOptions,
  watchdog: Watchdog,
  memory: MemoryGuard,
): Promise<ContainerProcess> {
  const [program = '', ...args] = options.argv;
  const log = openSync(options.logFile, 'a', 0o640);
  const child = spawn(program, args, {
    cwd: options.directory,
    detached: true,
    env: options.environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((done) =>
    child.once('exit', (code, signal) => done([code, signal])),
  );
  await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
  const pid = child.pid as number;
  const startedAt = new Date();
  watchdog.guard(-pid); // the group

  let isOverLimit = false;
  let killAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const kill = () => {
    if (killAt > 0) killSession(pid); // else it has ended, and its number may be another's
  };
  const unwatch =
    options.memoryLimit === undefined
      ? undefined
      : memory.watch(pid, options.memoryLimit, () => {
          isOverLimit = true;
          kill();
        });
  const ended = exit.then(([code, signal]): ProcessExit => {
    unwatch?.();
    clearTimeout(timer);
    kill(); // with its first process a container ends
    killAt = 0;
    watchdog.forget(-pid);
    const exitCode = code ?? 128 + constants.signals[signal as NodeJS.Signals];
    const reason = isOverLimit ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    return { exitCode, reason, finishedAt: new Date() };
  });
  return {
    pid,
    startedAt,
    ended,
    kill,
    stop(graceMs) {
      if (killAt === 0) return;
      if (timer === undefined) child.kill('SIGTERM');
      const at = Date.now() + graceMs;
      if (at >= killAt) return;
      killAt = at;
      clearTimeout(timer);
      timer = setTimeout(kill, graceMs);
    },
  };
}

function killSession(pid: number): void {
  const members = sessionProcesses().get(pid) ?? [];
  for (const target of [-pid, ...members]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It had ended already.
    }
  }
}
