import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A program that ended well. */
export interface Measured {
  /** From its start to its end. */
  readonly seconds: number;
  /** The most memory that was resident in the process itself; undefined where the system does not tell. */
  readonly peakBytes: number | undefined;
  /** The same of the processes that it started, each by itself, added up. */
  readonly childrenBytes: number;
  readonly output: string;
}

const lookEvery = 50;

/**
 * Runs a program to its end. Throws if it fails, with the end of what it said. Memory is the high-water mark that the
 * kernel keeps (VmHWM): looked at every 50 ms, so growth of the very last moment is missed, unless the program prints
 * `{"peakBytes": …}` as its last line (programs/peakMemory.ts). getrusage would count the parent's memory too.
 */
export async function measure(
  command: string,
  args: readonly string[],
  { env = process.env, signal }: { env?: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.errors = (said.errors + text).slice(-4000);
  });
  const peaks = new Map<number, number>();
  const timer = setInterval(() => void lookAt(child.pid, peaks), lookEvery);
  let seconds = 0;
  child.once('exit', () => {
    seconds = (performance.now() - started) / 1000;
  });
  try {
    await ended(child, command, said);
  } finally {
    clearInterval(timer);
  }
  const own = peaks.get(child.pid ?? 0);
  const told = toldPeak(said.output);
  peaks.delete(child.pid ?? 0);
  return {
    seconds,
    peakBytes: told ?? own,
    childrenBytes: [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0),
    output: said.output,
  };
}

async function ended(
  child: ChildProcess,
  command: string,
  said: { output: string; errors: string },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | string>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  const status = await promise;
  if (status !== 0) {
    throw new Error(`${command} ended with ${status}: ${(said.errors || said.output).slice(-2000).trim()}`);
  }
}

async function lookAt(pid: number | undefined, peaks: Map<number, number>): Promise<void> {
  if (pid === undefined) return;
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    if (kibibytes === undefined) return;
    peaks.set(pid, Math.max(peaks.get(pid) ?? 0, Number(kibibytes) * 1024));
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const one of children.split(' ').filter(Boolean)) await lookAt(Number(one), peaks);
  } catch {
    // It has ended, or this system has no /proc.
  }
}

function toldPeak(output: string): number | undefined {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) return undefined;
  const { peakBytes } = JSON.parse(last) as { peakBytes?: unknown };
  return typeof peakBytes === 'number' ? peakBytes : undefined;
}
