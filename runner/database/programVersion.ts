import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';

/** A program of PostgreSQL at hand. */
export interface ProgramVersion {
  readonly path: string;
  /** "17.6". */
  readonly version: string;
  readonly major: number;
}

/** Asks a program (pg_dump, psql) for its version. Throws `missing`. */
export async function programVersion(
  name: string,
  path: string,
  missing: FailureReason,
  signal: AbortSignal,
): Promise<ProgramVersion> {
  const child = spawn(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'], signal });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  try {
    await once(child, 'close');
  } catch (cause) {
    signal.throwIfAborted();
    const place = path.includes('/') ? `at ${path}` : 'on the PATH';
    throw new BackupError(missing, `There is no ${name} program ${place}.`, { cause });
  }
  const version = /\(PostgreSQL\) (\d+)(\S*)/.exec(output);
  if (!version) throw new BackupError(missing, `${path} does not answer --version as ${name} does.`);
  return { path, version: `${version[1]}${version[2]}`, major: Number(version[1]) };
}
