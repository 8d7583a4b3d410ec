import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { kubernetesBinaries } from './binaries.ts';
import { orSkip } from './unavailable.ts';

/** What to compute: `count` firings of `schedule` in `timeZone`, later than `after`. */
export interface CronQuestion {
  schedule: string;
  timeZone: string;
  after: Date;
  count: number;
}

/** `error` is the CronJob controller's own when it refuses the schedule; fewer times than asked: it never fires again. */
export interface CronAnswer {
  error?: string;
  times: Date[];
}

/** The parser of the CronJob controller (robfig/cron v3), in a process of its own that ends with this one. */
export interface CronOracle {
  ask(question: CronQuestion): Promise<CronAnswer>;
}

let shared: Promise<CronOracle> | undefined;

/** The oracle of this process. Where it can't be built the test is skipped, and the answer is undefined: return then. */
export async function cronOracle(t: TestContext): Promise<CronOracle | undefined> {
  shared ??= startOracle();
  return orSkip(t, shared);
}

async function startOracle(): Promise<CronOracle> {
  const { cronOracle: program } = await kubernetesBinaries({ programs: ['cronOracle'] });
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { done(line: string): void; fail(error: Error): void }[] = [];
  const end = (error: Error) => {
    for (const { fail } of waiting.splice(0)) fail(error);
  };
  child.on('error', end);
  child.stdin.on('error', end);
  child.on('close', (code, signal) => end(new Error(`cronOracle ended with ${code ?? signal}.`)));
  createInterface(child.stdout).on('line', (line) => {
    waiting.shift()?.done(line);
    if (waiting.length === 0) hold(child, false);
  });
  hold(child, false);
  return {
    async ask(question) {
      const line = await new Promise<string>((done, fail) => {
        waiting.push({ done, fail });
        hold(child, true);
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
      const { error, times } = JSON.parse(line) as { error?: string; times: string[] };
      return { ...(error !== undefined && { error }), times: times.map((time) => new Date(time)) };
    },
  };
}

/** Whether the process keeps ours alive: while it owes an answer. */
function hold(child: ChildProcess, isHeld: boolean): void {
  // Pipes have ref and unref like any socket, though their types do not say so.
  const handles = [child, child.stdin, child.stdout] as unknown as { ref(): void; unref(): void }[];
  for (const handle of handles) isHeld ? handle.ref() : handle.unref();
}
