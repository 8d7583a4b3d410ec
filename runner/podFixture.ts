import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';

const source = join(import.meta.dirname, '..', 'cli', 'entry.ts');

/** What a pod is made of. */
export interface PodOptions {
  /** Secrets as name → key → value. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of the DatabaseBackup; or the whole variable, where it is to be no such thing. */
  readonly resource: { readonly spec: object } | string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The program of the image; else its source. */
  readonly program?: string;
}

/** How a pod ended. */
export interface EndedPod {
  /** null for one that was killed. */
  readonly status: number | null;
  readonly log: string;
  /** What stands in the termination message; undefined where nothing was written. */
  readonly answer: unknown;
}

export interface StartedPod {
  /** As the kubelet stops a pod. */
  stop(): void;
  /** Without a word, as the kernel does it. */
  kill(): void;
  readonly pid: number | undefined;
  readonly ended: Promise<EndedPod>;
}

/** Starts the image's program as a pod of ours does: arguments, Secrets as files, environment, termination log. */
export async function startPod(t: TestContext, word: string, options: PodOptions): Promise<StartedPod> {
  const directory = await temporaryDirectory(t);
  const secrets = join(directory, 'secrets');
  for (const [name, values] of Object.entries(options.secrets ?? {})) {
    await mkdir(join(secrets, name), { recursive: true });
    for (const [key, value] of Object.entries(values)) await writeFile(join(secrets, name, key), value);
  }
  const terminationLog = join(directory, 'termination-log');
  await writeFile(terminationLog, '');
  const { resource } = options;
  const metadata = { name: 'shop', namespace: 'shop', uid: '7d5b7a0e-1' };
  const whole =
    typeof resource === 'object'
      ? JSON.stringify({ apiVersion, kind: 'DatabaseBackup', metadata, ...resource })
      : resource;
  const child = spawn(process.execPath, [options.program ?? source, 'runner', word], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...(whole === undefined ? {} : { DBBACKUP_RESOURCE: whole }),
      DBBACKUP_SECRETS: secrets,
      DBBACKUP_TERMINATION_LOG: terminationLog,
      ...options.environment,
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'close').then(async ([status, killedBy]): Promise<EndedPod> => {
    const text = await readFile(terminationLog, 'utf8');
    if (killedBy !== 'SIGKILL') for (const line of log.trim().split('\n')) JSON.parse(line);
    return { status, log, answer: text === '' ? undefined : JSON.parse(text) };
  });
  return { pid: child.pid, stop: () => child.kill('SIGTERM'), kill: () => child.kill('SIGKILL'), ended };
}

/** A pod from its start to its end. */
export async function runPod(t: TestContext, word: string, options: PodOptions): Promise<EndedPod> {
  return (await startPod(t, word, options)).ended;
}

/** A server that takes connections and never says a word; `connected` resolves with the first. */
export async function silentServer(t: TestContext): Promise<{ port: number; connected: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, connected: once(server, 'connection') };
}

/** Environment by which the first connection that a program makes is followed by an error that nobody catches. */
export async function faultyEnvironment(
  t: TestContext,
  how: 'exception' | 'rejection',
  words: string,
): Promise<Record<string, string>> {
  const path = join(await temporaryDirectory(t), 'fault.mjs');
  const error = `new TypeError(${JSON.stringify(words)})`;
  const fault = how === 'exception' ? `throw ${error}` : `Promise.reject(${error})`;
  await writeFile(
    path,
    `import net from 'node:net';
    const { connect } = net.Socket.prototype;
    net.Socket.prototype.connect = function (...args) {
      setImmediate(() => { ${fault}; });
      return connect.apply(this, args);
    };`,
  );
  return { NODE_OPTIONS: `--import=${path}` };
}
