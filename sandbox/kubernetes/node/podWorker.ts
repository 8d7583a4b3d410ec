import { join } from 'node:path';
import { backOff } from './backOff.ts';
import { logDirectory } from './containerLog.ts';
import type { ContainerProcess } from './containerProcess.ts';
import type { NodeContext } from './nodeContext.ts';
import { type Container, type Pod, pods } from './pod.ts';
import { podFolder } from './podFolder.ts';
import { type ContainerRecord, isRestarted, type PodEnding, podRun } from './podRun.ts';
import { podStatus } from './podStatus.ts';
import { runContainer } from './runContainer.ts';
import { statusWriter } from './statusWriter.ts';
import { omission, refusal } from './unsupported.ts';
import { volumeFiles } from './volumeFiles.ts';

/** One pod on the node, from its binding to its end. */
export interface PodWorker {
  readonly pod: Pod;
  /** A newer version of the object: it may be about to be deleted. */
  update(pod: Pod): void;
  /** The object is gone: its processes end, and nobody is told. */
  removed(): void;
  /** Ends it by the node's own will; resolves when the API server knows. */
  evict(ending: PodEnding): Promise<void>;
  /** Whether this container runs. */
  runs(container: string): boolean;
  /** Ends its processes without a word to the API server. Only after the node's signal. */
  shutDown(graceMs: number): Promise<void>;
}

// The kubelet's, of killContainer: SIGKILL never comes sooner.
const leastGraceMs = 2_000;
const longestTimer = 2 ** 31 - 1;
const refreshMs = 60_000;

/** Takes the pod: runs its containers, keeps its status, and deletes the object when that is asked for and done. */
export function podWorker(first: Pod, node: NodeContext): PodWorker {
  const { spec } = first;
  const run = podRun(first, new Date());
  const folder = podFolder(node.root, first);
  const processes = new Set<ContainerProcess>();
  const ending = new AbortController();
  const starting = AbortSignal.any([ending.signal, node.signal]);
  const status = statusWriter(
    node.client,
    first,
    (pod) => podStatus(pod, run, node.machine.address, new Date()),
    node.signal,
    node.report,
  );
  let killAt = Number.POSITIVE_INFINITY;
  let deadline: NodeJS.Timeout | undefined;
  let deletion: Promise<void> | undefined;

  const done = work().catch(node.report);
  update(first);
  return {
    get pod() {
      return status.pod;
    },
    update,
    removed,
    evict,
    shutDown,
    runs: (container) => run.containers.get(container)?.state.running !== undefined,
  };

  async function work(): Promise<void> {
    const { phase } = first.status ?? {};
    if (phase !== 'Succeeded' && phase !== 'Failed') {
      try {
        await runPod();
      } catch (error) {
        if (!starting.aborted) {
          // What is neither the pod's fault nor foreseen is ours.
          node.report(error);
          run.ending = { reason: 'NodeError', message: String(error) };
          end(leastGraceMs);
        }
      }
      await Promise.all([...processes].map(({ ended }) => ended));
      if (node.signal.aborted) return;
    }
    // Before the last status: who reads that a pod has ended finds none of its Secrets here.
    await folder.remove().catch(node.report);
    run.isOver = true;
    clearTimeout(deadline);
    if (phase !== 'Succeeded' && phase !== 'Failed') status.changed();
    await status.settled();
    if (status.pod.metadata.deletionTimestamp) await deleteObject();
  }

  async function runPod(): Promise<void> {
    status.changed();
    const refused = refusal(first);
    if (refused) {
      node.record(first, 'Warning', 'Unsupported', refused);
      run.ending = { reason: 'Unsupported', message: refused };
      return;
    }
    const omitted = omission(first);
    if (omitted) node.record(first, 'Warning', 'Unsupported', omitted);
    await setUpVolumes();
    run.isPrepared = true;
    status.changed();
    const refresh = setInterval(() => void refreshVolumes().catch(() => {}), refreshMs);
    try {
      for (const container of spec.initContainers ?? []) {
        if (!(await runToEnd(container))) return;
      }
      const ends = await Promise.allSettled(spec.containers.map(runToEnd));
      for (const container of ends) if (container.status === 'rejected') throw container.reason;
    } finally {
      clearInterval(refresh);
    }
  }

  /** Whether it ended well. */
  async function runToEnd(container: Container): Promise<boolean> {
    const { name } = container;
    const record = () => run.containers.get(name) as ContainerRecord;
    const { terminated } = record().state;
    if (!terminated || isRestarted(first, container, terminated.exitCode)) {
      await runContainer(
        {
          ...{ node, folder, container, started },
          pod: first,
          get record() {
            return record();
          },
          change(change) {
            run.containers.set(name, { ...record(), ...change });
            status.changed();
          },
          logFile: (restartCount) => join(logDirectory(node.root, first, name), `${restartCount}.log`),
        },
        starting,
      );
    }
    return record().state.terminated?.exitCode === 0;
  }

  function started(process: ContainerProcess): void {
    processes.add(process);
    void process.ended.then(() => processes.delete(process));
    if (starting.aborted) process.stop(Math.max(0, killAt - Date.now()));
  }

  async function setUpVolumes(): Promise<void> {
    for (const volume of spec.volumes ?? []) {
      // The kubelet's, of nestedpendingoperations.
      const waits = backOff({ initialMs: 500, maxMs: 122_000 });
      for (;;) {
        try {
          const files = await volumeFiles(first, volume, node.sources, node.machine, starting);
          await folder.setUp(volume, files);
          break;
        } catch (error) {
          starting.throwIfAborted();
          const { message } = error as Error;
          node.record(
            first,
            'Warning',
            'FailedMount',
            `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`,
          );
          await waits.wait(starting);
        }
      }
    }
  }

  async function refreshVolumes(): Promise<void> {
    for (const volume of spec.volumes ?? []) {
      const files = await volumeFiles(first, volume, node.sources, node.machine, starting);
      if (files) await folder.setUp(volume, files);
    }
  }

  function end(graceMs: number): void {
    killAt = Math.min(killAt, Date.now() + graceMs);
    clearTimeout(deadline);
    if (!ending.signal.aborted && !node.signal.aborted) {
      for (const [name, { state }] of run.containers) {
        if (state.running) node.record(status.pod, 'Normal', 'Killing', `Stopping container ${name}`, name);
      }
    }
    ending.abort(new Error('The pod is ending.'));
    for (const process of processes) process.stop(graceMs);
  }

  function update(pod: Pod): void {
    status.seen(pod);
    const { deletionTimestamp, deletionGracePeriodSeconds = 30 } = pod.metadata;
    if (deletionTimestamp && run.isOver) void deleteObject();
    else if (deletionTimestamp) end(graceMs(deletionGracePeriodSeconds));
    else scheduleDeadline(pod);
  }

  function scheduleDeadline({
    spec: { activeDeadlineSeconds, terminationGracePeriodSeconds = 30 },
  }: Pod): void {
    clearTimeout(deadline);
    if (activeDeadlineSeconds === undefined || run.isOver || ending.signal.aborted) return;
    const left = Date.parse(run.startTime) + activeDeadlineSeconds * 1000 - Date.now();
    deadline = setTimeout(
      () => {
        const message = 'Pod was active on the node longer than the specified deadline';
        run.ending = { reason: 'DeadlineExceeded', message };
        node.record(status.pod, 'Normal', 'DeadlineExceeded', message);
        end(graceMs(terminationGracePeriodSeconds));
      },
      Math.min(Math.max(0, left), longestTimer),
    );
  }

  async function evict(by: PodEnding): Promise<void> {
    if (run.isOver) return;
    run.ending = by;
    node.record(status.pod, 'Warning', by.reason, by.message);
    end(leastGraceMs);
    await done;
  }

  function removed(): void {
    if (!run.isOver) end(leastGraceMs);
  }

  async function shutDown(ms: number): Promise<void> {
    if (ms === 0) for (const process of processes) process.kill();
    end(ms);
    await done;
  }

  function deleteObject(): Promise<void> {
    deletion ??= (async () => {
      await status.settled();
      const { name, namespace, uid } = first.metadata;
      const waits = backOff({ initialMs: 100, maxMs: 5_000 });
      while (!node.signal.aborted) {
        try {
          await node.client.delete(pods, namespace, name, { uid, gracePeriodSeconds: 0 }, node.signal);
          return;
        } catch (error) {
          if ((error as { status?: number }).status === 409) return; // another one has its name
          node.report(error);
          await waits.wait(node.signal).catch(() => {});
        }
      }
    })();
    return deletion;
  }
}

function graceMs(seconds: number): number {
  return Math.max(leastGraceMs, seconds * 1000);
}
