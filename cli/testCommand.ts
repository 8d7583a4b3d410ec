import { PassThrough, Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import type { IO } from './io.ts';
import { main } from './main.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestIO {
  readonly env?: Record<string, string>;
  /** What a person types; it makes standard input and error a terminal. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
}

/** Runs a command line as the program does, with streams of its own, and gives what it printed and its exit status. */
export async function dbbackup(args: readonly string[], options: TestIO = {}): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' };
  const into = (name: keyof typeof output) =>
    Object.assign(
      new Writable({
        write(chunk, _, done) {
          output[name] += chunk;
          done();
        },
      }),
      { isTTY: options.typed !== undefined },
    );
  const stdin: Readable & { isTTY?: boolean } =
    options.typed === undefined ? Readable.from([]) : new PassThrough();
  if (options.typed !== undefined) {
    stdin.isTTY = true;
    (stdin as PassThrough).end(options.typed);
  }
  const pgDump = findProgram('pg_dump')?.path;
  const io: IO = {
    stdin,
    stdout: into('stdout'),
    stderr: into('stderr'),
    env: { ...(pgDump === undefined ? {} : { DBBACKUP_PG_DUMP: pgDump }), ...options.env },
  };
  const status = await main(args, io, options.signal ?? new AbortController().signal);
  return { status, ...output };
}

/** Skips the test where there is no pg_dump for the test server; the answer says whether to go on. */
export function withPgDump(t: TestContext): boolean {
  if (findProgram('pg_dump') !== undefined) return true;
  t.skip('pg_dump is not installed: apt-get install postgresql-client');
  return false;
}
