import { spawn } from 'node:child_process';

/** A program failed: what it said is in the message, and by itself in `stdout` and `stderr`. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  constructor(command: readonly string[], status: number | null, stdout: string, stderr: string) {
    super(`${command.join(' ')} ended with ${status}: ${(stderr || stdout).trim().slice(-4_000)}`);
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Runs a program with `input` to its end and gives its standard output; a ProgramError if it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input = '', env = process.env }: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, { env, stdio: 'pipe' });
  child.stdin.on('error', () => {}); // it may end before it has read all: its own words say why
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const status = await new Promise<number | null>((done, fail) =>
    child.once('error', fail).once('close', done),
  );
  if (status !== 0) throw new ProgramError([program, ...args], status, output.stdout, output.stderr);
  return output.stdout;
}
