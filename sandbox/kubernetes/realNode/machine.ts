import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcess, hasEnded } from '../../processes/endProcess.ts';
import { noteServer, removeStaleDirectories, writeOwner } from '../../processes/staleDirectories.ts';
import { startWatchdog, type Watchdog } from '../../processes/watchdog.ts';
import { makeCgroup, removeCgroups } from './cgroups.ts';
import { freeNetwork, type MachineNetwork } from './machineNetwork.ts';
import { requireRealNode } from './requirements.ts';

const run = promisify(execFile);

/**
 * What a node runs on: processes, mounts and network of its own on this machine, and a cable to it. All of it
 * hangs on one process: when that ends, the kernel takes the rest away.
 */
export interface Machine extends AsyncDisposable {
  readonly network: MachineNetwork;
  readonly directory: string;
  /** Path of its cgroup below each hierarchy, as in `/dbbackup-machine-a`. */
  readonly cgroup: string;
  readonly watchdog: Watchdog;
  /** A program and its arguments as they are started from outside to run inside. */
  inside(program: string, ...args: string[]): readonly [program: string, ...args: string[]];
  /** Runs a program inside and gives its output. */
  run(program: string, ...args: string[]): Promise<string>;
  /** Pulls the cable out, or plugs it in again. */
  connect(isConnected: boolean): Promise<void>;
  /** A power cut. */
  stop(): Promise<void>;
}

const prefix = 'dbbackup-machine-';

// Programs that have such paths built in find others' files nowhere and leave none behind.
const privatePaths = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet'];

// The first process of a PID namespace has to wait for those whose parents are gone.
const init = `
set -e
for path in ${privatePaths.join(' ')}; do mount -t tmpfs -o mode=755 dbbackup "$path"; done
mkdir -p /run/lock /run/netns
echo ready
while :; do sleep 3600 & wait; done
`;

/** Starts a machine; needs root. Whatever a killed session left is removed first. */
export async function startMachine(): Promise<Machine> {
  requireRealNode();
  removeStaleDirectories(tmpdir(), prefix);
  // Another session may just be starting: its folder is there, and nothing runs in its cgroup yet.
  await removeCgroups((name) => name.startsWith(prefix) && !existsSync(join(tmpdir(), name)));
  for (const path of privatePaths) mkdirSync(path, { recursive: true });
  const directory = await mkdtemp(join(tmpdir(), prefix));
  writeOwner(directory);
  const watchdog = startWatchdog(directory, 'SIGKILL');
  const cgroup = `/${basename(directory)}`;
  let shell: ChildProcess | undefined;
  let pid: number | undefined;
  const stop = async () => {
    if (shell) await endProcess(shell, 'SIGKILL');
    // The first process is reaped when all the others are gone.
    for (let wait = 0; pid !== undefined && existsSync(`/proc/${pid}`) && wait < 500; wait++) await delay(20);
    await removeCgroups((name) => name === basename(directory));
    watchdog.release();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await makeCgroup(cgroup);
    shell = launch(directory, watchdog);
    pid = await firstProcess(shell);
    const enter = ['--target', String(pid), '--mount', '--net', '--pid', '--'];
    const inside: Machine['inside'] = (program, ...args) => ['nsenter', ...enter, program, ...args];
    const runInside: Machine['run'] = async (program, ...args) => {
      const [command, ...all] = inside(program, ...args);
      return (await run(command, all)).stdout;
    };
    const network = await freeNetwork(pid, runInside);
    return {
      ...{ network, directory, cgroup, watchdog, inside, run: runInside, stop },
      async connect(isConnected) {
        await run('ip', ['link', 'set', network.device, isConnected ? 'up' : 'down']);
        if (isConnected) await network.addRoutes();
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch(directory: string, watchdog: Watchdog): ChildProcess {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const shell = spawn('unshare', [...namespaces, '--', '/bin/sh', '-c', init, directory], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  shell.unref();
  watchdog.guard(shell.pid);
  noteServer(directory, shell.pid);
  return shell;
}

async function firstProcess(shell: ChildProcess): Promise<number> {
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    (stream as unknown as { unref(): void }).unref();
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  shell.on('error', (error) => {
    said += error.message;
  });
  for (const deadline = Date.now() + 30_000; !said.includes('ready'); await delay(10)) {
    if (hasEnded(shell) || Date.now() > deadline) throw new Error(`No machine could be made: ${said.trim()}`);
  }
  const children = await readFile(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8');
  return Number(children.trim());
}
