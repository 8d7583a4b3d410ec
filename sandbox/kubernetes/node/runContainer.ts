import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackOff, backOff } from './backOff.ts';
import { containerEnvironment } from './containerEnvironment.ts';
import { type ContainerProcess, type ProcessExit, startContainerProcess } from './containerProcess.ts';
import type { NodeContext } from './nodeContext.ts';
import type { Container, Pod, Terminated } from './pod.ts';
import type { PodFolder } from './podFolder.ts';
import { type ContainerRecord, isRestarted, timestamp } from './podRun.ts';
import { commandLine, processEnvironment } from './processImage.ts';
import { type PulledImage, pullImage } from './pullImage.ts';
import { quantity } from './quantity.ts';
import { terminationMessage } from './terminationMessage.ts';

/** A container's place in its pod. */
export interface ContainerContext {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly folder: PodFolder;
  readonly container: Container;
  readonly record: ContainerRecord;
  /** The status follows. */
  change(change: Partial<ContainerRecord>): void;
  /** Told of each process that was started; it may have to end at once. */
  started(process: ContainerProcess): void;
  logFile(restartCount: number): string;
}

// A container that ran so long is forgiven what came before (the kubelet: twice its longest back-off).
const forgiveness = 2;

/** Runs a container until it ends for good. Throws the signal's reason when that comes while nothing runs. */
export async function runContainer(context: ContainerContext, signal: AbortSignal): Promise<void> {
  const { node, pod, container } = context;
  let waits: BackOff | undefined;
  for (let { restartCount } = context.record, isFirst = context.record.state.terminated === undefined; ; ) {
    if (isFirst) isFirst = false;
    else restartCount += 1;
    const end = await runOnce(context, restartCount, signal);
    if (!isRestarted(pod, container, end.exitCode)) return;
    signal.throwIfAborted();
    const ranMs = Date.parse(end.finishedAt ?? '') - Date.parse(end.startedAt ?? '');
    if (ranMs > forgiveness * node.backOff.maxMs) waits = undefined;
    // The first time it is started again at once.
    if (waits) await crashLoopBackOff(context, end, waits, signal);
    else waits = backOff(node.backOff);
  }
}

async function crashLoopBackOff(
  { node, pod, container, change }: ContainerContext,
  end: Terminated,
  waits: BackOff,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const podName = `${name}_${namespace}(${uid})`;
  node.record(
    pod,
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${podName}`,
    container.name,
  );
  const message = `back-off ${waits.nextMs / 1000}s restarting failed container=${container.name} pod=${podName}`;
  change({ state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: { terminated: end } });
  await waits.wait(signal);
}

async function runOnce(
  context: ContainerContext,
  restartCount: number,
  signal: AbortSignal,
): Promise<Terminated> {
  const { node, pod, folder, container, change } = context;
  const containerID = `process://${randomBytes(32).toString('hex')}`;
  const logFile = context.logFile(restartCount);
  const messageFile = folder.path(container, container.terminationMessagePath ?? '/dev/termination-log');
  const before = context.record.state.terminated;
  const known = { containerID, restartCount, ...(before && { lastState: { terminated: before } }) };

  const { pulled, environment } = await prepare(context, signal);
  const argv = commandLine(pulled.image, container, environment);
  let process: ContainerProcess;
  try {
    await mkdir(dirname(logFile), { recursive: true, mode: 0o750 });
    await mkdir(dirname(messageFile), { recursive: true });
    await writeFile(messageFile, '', { mode: 0o666 });
    const limit = container.resources?.limits?.memory;
    const directory = folder.path(container, container.workingDir ?? '/');
    await mkdir(directory, { recursive: true });
    node.record(pod, 'Normal', 'Created', 'Container created', container.name);
    process = await startContainerProcess(
      {
        argv,
        environment: processEnvironment(pod, pulled.image, environment, (path) =>
          folder.path(container, path),
        ),
        directory,
        logFile,
        memoryLimit: limit === undefined ? undefined : quantity(limit),
      },
      node.watchdog,
      node.memory,
    );
  } catch (error) {
    const message =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
      `unable to start container process: error during container init: exec: "${argv[0]}": ${startProblem(error)}`;
    node.record(pod, 'Warning', 'Failed', `Error: ${message}`, container.name);
    const startedAt = '1970-01-01T00:00:00Z'; // never: as containerd says it
    const terminated = {
      exitCode: 128,
      reason: 'StartError',
      message,
      startedAt,
      finishedAt: timestamp(new Date()),
      containerID,
    };
    change({ ...known, imageID: pulled.id, state: { terminated } });
    return terminated;
  }
  const startedAt = timestamp(process.startedAt);
  node.record(pod, 'Normal', 'Started', 'Container started', container.name);
  change({ ...known, imageID: pulled.id, state: { running: { startedAt } } });
  context.started(process);
  const exit = await process.ended;
  const message = await terminationMessage(container, exit.exitCode, messageFile, logFile);
  const terminated = { ...ending(exit), ...(message && { message }), startedAt, containerID };
  change({ state: { terminated } });
  return terminated;
}

/** Image and environment, which a container waits for as long as they are not to be had. */
async function prepare(
  { node, pod, folder, container, record, change }: ContainerContext,
  signal: AbortSignal,
): Promise<{ pulled: PulledImage; environment: Record<string, string> }> {
  const { terminated } = record.state;
  const wait = (reason: string, message: string) =>
    change({ state: { waiting: { reason, message } }, ...(terminated && { lastState: { terminated } }) });
  for (;;) {
    const pulled = await pullImage(node, pod, container, wait, signal);
    try {
      refuseRoot(pod, container);
      const variables = node.serviceVariables;
      const given = await containerEnvironment(pod, container, variables, node.sources, node.machine, signal);
      const environment = { ...variables, ...given };
      if (commandLine(pulled.image, container, environment).length === 0)
        throw new Error('no command specified');
      await folder.makeContainerRoot(container);
      return { pulled, environment };
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      node.record(pod, 'Warning', 'Failed', `Error: ${message}`, container.name);
      wait('CreateContainerConfigError', message);
      await delay(node.backOff.initialMs, undefined, { signal });
    }
  }
}

function refuseRoot(pod: Pod, container: Container): void {
  const { runAsNonRoot, runAsUser } = { ...pod.spec.securityContext, ...container.securityContext };
  if (!runAsNonRoot || runAsUser !== 0) return;
  const { name, namespace, uid } = pod.metadata;
  throw new Error(
    `container's runAsUser breaks non-root policy (pod: "${name}_${namespace}(${uid})", container: ${container.name})`,
  );
}

function ending({ exitCode, reason, finishedAt }: ProcessExit) {
  return { exitCode, reason, finishedAt: timestamp(finishedAt) };
}

function startProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'executable file not found in $PATH';
  return code === 'EACCES' ? 'permission denied' : message;
}
