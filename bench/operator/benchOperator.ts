import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess, hasEnded } from '../../sandbox/processes/endProcess.ts';
import type { Workbench } from '../workbench.ts';
import type { OperatorCluster } from './operatorCluster.ts';

const root = dirname(dirname(import.meta.dirname));
/** Of the kernel's clock for processes. */
const ticksPerSecond = 100;
/** What V8 chooses by itself in a pod with the chart's limit of 256 MiB; with this machine's memory it would collect later. */
const heapOfPod = ['--max-old-space-size=256', '--max-semi-space-size=1'];

/** What the kernel tells of a process; undefined where it tells nothing. */
export interface ProcessUse {
  /** Resident now, and at most so far. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Resident now without the pages of files: Node's own program and libraries, which processes share. */
  readonly anonymousBytes: number;
  readonly cpuSeconds: number;
}

/** The operator as its pod runs it, under its own account. */
export interface BenchOperator extends AsyncDisposable {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  use(): Promise<ProcessUse | undefined>;
  /** Its metrics, as Prometheus asks for them. */
  metrics(): Promise<string>;
  /** SIGTERM; throws unless it ends with 0. */
  stop(): Promise<void>;
}

/** Starts dist/dbbackup.cjs; its errors and its end before its time are thrown by whatever is asked of it next. */
export async function benchOperator(
  bench: Workbench,
  { kubeconfig }: OperatorCluster,
  options: readonly string[],
): Promise<BenchOperator> {
  const addresses = ['--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'];
  const args = [
    ...['operator', '--kubeconfig', kubeconfig, '--lease-namespace', 'database-backup-system'],
    ...['--runner-image', 'dbbackup:bench', '--identity', 'bench', ...addresses, ...options],
  ];
  const startedAt = Date.now();
  const child = spawn(process.execPath, [...heapOfPod, join(root, 'dist', 'dbbackup.cjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...bench.environment },
  });
  const listening = Promise.withResolvers<number>();
  child.once('exit', (code) => listening.reject(new Error(`the operator ended with ${code}`)));
  createInterface(child.stdout).on('line', (line) => {
    const { level, msg, metrics } = JSON.parse(line) as { level: number; msg: string; metrics?: number };
    if (msg === 'listening' && metrics !== undefined) listening.resolve(metrics);
    if (level >= 40) console.log(`The operator: ${line}`);
  });
  const isAlive = () => {
    if (hasEnded(child)) throw new Error(`the operator has ended with ${child.exitCode ?? child.signalCode}`);
  };
  const port = await listening.promise;
  return {
    startedAt,
    async use() {
      isAlive();
      return processUse(child.pid);
    },
    async metrics() {
      isAlive();
      return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    },
    async stop() {
      isAlive();
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exit;
      if (code !== 0) throw new Error(`the operator ended with ${code}`);
    },
    [Symbol.asyncDispose]: () => endProcess(child, 'SIGKILL'),
  };
}

async function processUse(pid: number | undefined): Promise<ProcessUse | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
    // After the name in brackets, which may hold blanks: utime and stime are the 12th and 13th.
    const [utime, stime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    const cpuSeconds = (Number(utime) + Number(stime)) / ticksPerSecond;
    return {
      residentBytes: bytes('VmRSS'),
      peakBytes: bytes('VmHWM'),
      anonymousBytes: bytes('RssAnon'),
      cpuSeconds,
    };
  } catch {
    return undefined;
  }
}
