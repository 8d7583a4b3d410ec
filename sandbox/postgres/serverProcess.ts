import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the server answers `ask`; throws with the end of its log if it ends or 60 s pass. */
export async function untilReady(
  child: ChildProcess,
  ask: () => Promise<unknown>,
  logFile: string,
): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (const deadline = Date.now() + 60_000; ; await delay(20)) {
    if (failure || hasEnded(child)) {
      const log = await readFile(logFile, 'utf8');
      throw new Error(`The PostgreSQL server did not start: ${failure?.message ?? log.slice(-2_000).trim()}`);
    }
    try {
      await ask();
      return;
    } catch (error) {
      const isStarting = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', '57P03'].includes(
        String((error as { code?: string }).code),
      );
      if (!isStarting || Date.now() > deadline) {
        throw new Error('The PostgreSQL server started but answers no query.', { cause: error });
      }
    }
  }
}

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

function hasEnded(child: ChildProcess): boolean {
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

/** Our environment without PGHOST and its like, which would reach into the server's programs. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once('error', fail).listen(0, '127.0.0.1', done));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}
