import { execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { hasEnded } from '../sandbox/processes/endProcess.ts';
import { eventually } from '../sandbox/testing.ts';
import { image, type LogLine } from './operatorFixture.ts';

const top = join(import.meta.dirname, '..');
let program: Promise<string> | undefined;

/** `dbbackup` as it is built for the image, once for each test file: it starts in a fifth of the time. */
export function builtProgram(): Promise<string> {
  program ??= (async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    await promisify(execFile)(process.execPath, [join(top, 'scripts', 'build.ts'), directory]);
    return join(directory, 'dbbackup.cjs');
  })();
  return program;
}

/** An operator to be killed at an exact moment. */
export interface OperatorChild {
  readonly lines: readonly LogLine[];
  /** How it ended: its exit status, or the signal; undefined while it runs. */
  readonly ended: number | NodeJS.Signals | undefined;
  readonly exited: Promise<number | NodeJS.Signals>;
  /** At once: when this returns it does nothing any more. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Resolves when /readyz says that it is; throws if it ends before. */
  ready(): Promise<void>;
  /** What its metric without labels is now. */
  metric(name: string): Promise<number>;
}

/** Starts the operator with `builtProgram`; it is killed when the test is over. */
export function spawnOperator(
  t: TestContext,
  options: {
    program: string;
    kubeconfig: string;
    namespace: string;
    identity?: string;
    args?: readonly string[];
  },
): OperatorChild {
  const { program, kubeconfig, namespace, identity = 'test', args = [] } = options;
  const own = ['--kubeconfig', kubeconfig, '--namespaces', namespace, '--lease-namespace', namespace];
  const addresses = ['--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'];
  const child = spawn(
    process.execPath,
    [program, 'operator', ...own, ...addresses, '--runner-image', image, '--identity', identity, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } },
  );
  const lines: LogLine[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as LogLine));
  const how = () => (hasEnded(child) ? (child.exitCode ?? child.signalCode ?? undefined) : undefined);
  const exited = new Promise<number | NodeJS.Signals>((done) =>
    child.once('exit', (code, signal) => done(code ?? signal ?? 'SIGKILL')),
  );
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  t.after(async () => {
    kill('SIGKILL');
    await exited;
  });
  return {
    lines,
    exited,
    kill,
    get ended() {
      return how();
    },
    async metric(name) {
      const port = lines.find(({ msg }) => msg === 'listening')?.metrics;
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    },
    async ready() {
      const url = await eventually(() => {
        if (how() !== undefined) return undefined;
        const port = lines.find(({ msg }) => msg === 'listening')?.health;
        if (port === undefined) throw new Error(`It does not listen: ${JSON.stringify(lines)}`);
        return `http://127.0.0.1:${port}/readyz`;
      });
      await eventually(async () => {
        if (url === undefined || how() !== undefined) return;
        const answer = await fetch(url);
        const text = await answer.text();
        if (answer.status !== 200) throw new Error(text);
      });
      if (how() !== undefined) throw new Error(`It ended with ${how()}: ${JSON.stringify(lines)}`);
    },
  };
}
