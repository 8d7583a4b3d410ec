import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from '../processes/endProcess.ts';

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

/** Our environment without PGHOST and its like, which would reach into the server's programs. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}
