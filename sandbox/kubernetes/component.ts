import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, hasEnded } from '../processes/endProcess.ts';
import { noteServer } from '../processes/staleDirectories.ts';
import type { Watchdog } from '../processes/watchdog.ts';

/** One server of a control plane. */
export interface Component {
  /** Starts it unless it runs, and waits until it is ready. */
  start(): Promise<void>;
  /** Ends it and waits until it is gone; default: SIGKILL, a crash. SIGTERM takes up to 10 s, then SIGKILL comes. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Holds it still (SIGSTOP): its connections stay open, and nothing is answered. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
  /** What it has logged so far. */
  log(): Promise<string>;
}

/** How a component is run. `isReady` may throw or say no until it is. */
export interface ComponentOptions {
  name: string;
  program: string;
  args: readonly string[];
  /** The control plane's directory, which the arguments name. */
  directory: string;
  watchdog: Watchdog;
  isReady(): Promise<boolean>;
}

/** A component that does not run yet. */
export function component(options: ComponentOptions): Component {
  const { name, program, args, directory, watchdog, isReady } = options;
  const logFile = join(directory, `${name}.log`);
  const log = () => readFile(logFile, 'utf8');
  let child: ChildProcess | undefined;

  function launch(): ChildProcess {
    const output = openSync(logFile, 'a', 0o600);
    const started = spawn(program, args, {
      cwd: directory,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    started.unref();
    watchdog.guard(started.pid);
    noteServer(directory, started.pid);
    started.once('exit', () => watchdog.forget(started.pid));
    return started;
  }

  async function untilReady(started: ChildProcess): Promise<void> {
    let failure: Error | undefined;
    started.once('error', (error) => {
      failure = error;
    });
    for (const deadline = Date.now() + 120_000; !(await isReady().catch(() => false)); await delay(20)) {
      if (failure) throw new Error(`${name} does not run: ${failure.message}.`, { cause: failure });
      if (hasEnded(started)) throw new Error(`${name} ended as it started: ${await lastWords(log)}`);
      if (Date.now() > deadline) throw new Error(`${name} is not ready after 120 s: ${await lastWords(log)}`);
    }
    if (failure || hasEnded(started)) throw new Error(`${name} ended as it started: ${await lastWords(log)}`);
  }

  return {
    log,
    async start() {
      if (child && !hasEnded(child)) return;
      child = launch();
      await untilReady(child);
    },
    async stop(signal = 'SIGKILL') {
      if (!child) return;
      const stopping = child;
      const kill = setTimeout(() => stopping.kill('SIGKILL'), 10_000);
      stopping.kill('SIGCONT'); // one that is held still does not hear SIGTERM
      await endProcess(stopping, signal);
      clearTimeout(kill);
    },
    pause: () => signalGroup(child, 'SIGSTOP'),
    resume: () => signalGroup(child, 'SIGCONT'),
  };
}

// Its own children, too: of a node's servers the first process is one that leads into the node.
function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid !== undefined && !hasEnded(child)) process.kill(-child.pid, signal);
}

async function lastWords(log: () => Promise<string>): Promise<string> {
  return (await log()).slice(-2_000).trim();
}
