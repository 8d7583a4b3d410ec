import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess, hasEnded } from '../processes/endProcess.ts';
import { startWatchdog } from '../processes/watchdog.ts';

const entry = join(import.meta.dirname, '..', '..', 'cli', 'entry.ts');
const startSeconds = 120;

/** What an operator is started with. */
export interface OperatorProcessOptions {
  /** Who it is: a file with the credentials of its ServiceAccount. */
  kubeconfig: string;
  /** Image of the runner pods. */
  image: string;
  /** More options of `dbbackup operator`; they overrule these. */
  args?: readonly string[];
  /** Takes each line of its log, JSON. */
  onLine(line: string): void;
}

/** A running operator, a process of its own. It ends with this process at the latest, however that ends. */
export interface OperatorProcess extends AsyncDisposable {
  /** Roots of its pages: `/metrics` on one, `/healthz` and `/readyz` on the other. */
  readonly metricsURL: string;
  readonly healthURL: string;
  readonly hasEnded: boolean;
  /** SIGTERM; gives the exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts `dbbackup operator` and waits until it serves its pages. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { kubeconfig, image, onLine, args = [] } = options;
  const own = ['--kubeconfig', kubeconfig, '--runner-image', image];
  const addresses = ['--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'];
  const watchdog = startWatchdog(undefined, 'SIGTERM');
  // A session of its own: Ctrl-C at the terminal reaches us alone, and we end it in its turn.
  const child = spawn(process.execPath, [entry, 'operator', ...own, ...addresses, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  watchdog.guard(child.pid);
  child.once('exit', () => watchdog.release());
  const { promise, resolve, reject } = Promise.withResolvers<{ metrics: number; health: number }>();
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    onLine(line);
    if (lines.push(line) > 5) lines.shift();
    const { msg, metrics, health } = JSON.parse(line) as { msg: string; metrics: number; health: number };
    if (msg === 'listening') resolve({ metrics, health });
  });
  const say = (what: string) => reject(new Error(`The operator ${what}. Its log: ${lines.join('\n')}`));
  child.once('error', reject).once('exit', (code) => say(`ended with ${code} as it started`));
  const timer = setTimeout(say, startSeconds * 1000, `does not listen after ${startSeconds} s`);
  const end = async (signal: NodeJS.Signals) => {
    await endProcess(child, signal);
    return child.exitCode;
  };
  try {
    const { metrics, health } = await promise;
    return {
      metricsURL: `http://127.0.0.1:${metrics}`,
      healthURL: `http://127.0.0.1:${health}`,
      get hasEnded() {
        return hasEnded(child);
      },
      stop: () => end('SIGTERM'),
      kill: async () => void (await end('SIGKILL')),
      [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
