import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drained } from '../drained.ts';
import { releaseWhole } from '../exporters/releaseMemory.ts';
import type { DatabaseTarget } from './databaseTarget.ts';
import { libpqEnvironment } from './libpqEnvironment.ts';
import { type ProgramVersion, programVersion } from './programVersion.ts';

/** Asks a psql for its version. Throws PsqlMissing. */
export function findPsql(path: string, signal: AbortSignal): Promise<ProgramVersion> {
  return programVersion('psql', path, 'PsqlMissing', signal);
}

/** The first release of each major version that has \restrict: https://www.postgresql.org/support/security/CVE-2025-8714/ */
const restrictSince: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };

/** Whether a psql can be kept from obeying its own commands in what it is given. */
export function knowsRestrict({ version, major }: ProgramVersion): boolean {
  if (major >= 18) return true;
  const minor = Number(/^\d+\.(\d+)/.exec(version)?.[1]);
  return minor >= (restrictSince[major] ?? Number.POSITIVE_INFINITY);
}

/** psql ended before its time. `words` are its own and may quote rows: nobody may show them as they are. */
export class PsqlEnded extends Error {
  override readonly name = 'PsqlEnded';
  readonly status: number | null;
  readonly words: string;
  constructor(status: number | null, words: string) {
    super('psql ended before its time');
    this.status = status;
    this.words = words;
  }
}

/** A psql that is fed with SQL. Disposing kills it, and the server rolls back what was not committed. */
export interface PsqlSession extends AsyncDisposable {
  /** Resolves when more can be taken; nobody may use the bytes any more. Throws PsqlEnded. */
  write(sql: Uint8Array | string): Promise<void>;
  /** Waits until everything before is done, and gives the rows of the SELECTs, a line each. Throws PsqlEnded. */
  ask(sql: string): Promise<string[]>;
  /** No more comes: resolves when psql ended with status 0. Throws PsqlEnded. */
  end(): Promise<void>;
}

const longestWords = 65_536;

/**
 * Starts a psql that stops at the first error (ON_ERROR_STOP), reads nobody's psqlrc and asks for no password. It does
 * not end a transaction by itself: the end of its input is no COMMIT.
 */
export async function startPsql(
  { path }: ProgramVersion,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<PsqlSession> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'dbbackup-'));
  const settings = ['ON_ERROR_STOP=1', 'VERBOSITY=verbose', 'SHOW_CONTEXT=errors'];
  const child = spawn(
    path,
    ['-X', '-q', '-A', '-t', '--no-password', ...settings.flatMap((one) => ['-v', one]), '-f', '-'],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: await libpqEnvironment(target, folder),
      signal,
      killSignal: 'SIGKILL',
    },
  );
  // An abort, and a pipe that broke, show in the exit below.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // The error comes last, after any number of notices.
    words = (words + text).slice(-longestWords);
  });
  let heard: (line: string) => void = () => {};
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line);
  });
  const closed = (once(child, 'close') as Promise<[number | null]>).then(
    ([status]) => status,
    () => null,
  );
  const failed = closed.then((status) => {
    signal.throwIfAborted();
    throw new PsqlEnded(status, words);
  });
  failed.catch(() => {});

  const write = async (sql: Uint8Array | string) => {
    signal.throwIfAborted();
    if (child.stdin.destroyed || !child.stdin.writable) await failed;
    const release = () => {
      if (typeof sql !== 'string') releaseWhole(sql);
    };
    if (child.stdin.write(sql, release)) return;
    await drained(child.stdin);
    if (child.stdin.destroyed) await failed;
  };
  return {
    write,
    async ask(sql) {
      const mark = `dbbackup-${randomBytes(8).toString('hex')}`;
      const answered = Promise.withResolvers<string[]>();
      const lines: string[] = [];
      let begun = false;
      // What earlier statements print is nobody's answer.
      heard = (line) => {
        if (line === `${mark}-end`) answered.resolve(lines);
        else if (begun) lines.push(line);
        else if (line === mark) begun = true;
      };
      try {
        await write(`SELECT '${mark}';\n${sql}\nSELECT '${mark}-end';\n`);
        return await Promise.race([answered.promise, failed]);
      } finally {
        heard = () => {};
      }
    },
    async end() {
      child.stdin.end();
      const status = await closed;
      if (status === 0) return;
      signal.throwIfAborted();
      throw new PsqlEnded(status, words);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
