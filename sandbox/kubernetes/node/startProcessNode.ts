import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { kubernetesClient } from '../../../operator/controller/httpClient.ts';
import { startWatchdog } from '../../processes/watchdog.ts';
import { kubernetesVersions } from '../versions.ts';
import type { BackOffTimes } from './backOff.ts';
import { logDirectory, logFile, readLog } from './containerLog.ts';
import { type KubeletServer, type LogRequest, startKubeletServer } from './kubeletServer.ts';
import { memoryGuard } from './memoryGuard.ts';
import type { NodeContext } from './nodeContext.ts';
import { kubeletKeys, serviceVariables } from './nodeCredentials.ts';
import { keepAlive, registerNode } from './nodeHeartbeat.ts';
import { machineCapacity, type NodeCapacity, type NodeFacts, type Taint } from './nodeObject.ts';
import type { Pod } from './pod.ts';
import { podEvents } from './podEvents.ts';
import { podSources } from './podSources.ts';
import { type PodWorker, podWorker } from './podWorker.ts';
import { imageStore, type ProcessImage } from './processImage.ts';
import { reviewAccess } from './reviewAccess.ts';
import { watchPods } from './watchPods.ts';

/** What can be chosen of a process node. */
export interface ProcessNodeOptions {
  /** The file with the node's own credentials: user `system:node:<name>`, group `system:nodes`. */
  readonly kubeconfig: string;
  readonly name: string;
  /** A folder for this node alone: pods/ (removed by `stop`), logs/ and claims/ (kept). */
  readonly root: string;
  /** By the names that pods use. */
  readonly images?: Readonly<Record<string, ProcessImage>>;
  /** Default: the machine's. */
  readonly capacity?: Partial<NodeCapacity>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Keep away pods that do not tolerate them: in a control plane that others use too. */
  readonly taints?: readonly Taint[];
  /** The node is lost when its Lease is so old; it is renewed four times in that time. Default: 40, the kubelet's. */
  readonly leaseSeconds?: number;
  /** Default: 10 s to 5 minutes, the kubelet's. */
  readonly backOff?: BackOffTimes;
  /** Takes failures that the node goes on from. */
  readonly onError?: (error: unknown) => void;
}

/** A stand-in for a kubelet. It ends with this process at the latest, however that ends. */
export interface ProcessNode extends AsyncDisposable {
  readonly name: string;
  readonly root: string;
  /** From now on the image can be pulled. */
  addImage(name: string, image: ProcessImage): void;
  /** What a container (default: the first) of the newest pod of this name wrote since it was last started. */
  logs(namespace: string, pod: string, container?: string): Promise<string>;
  /** Ends a pod as a kubelet does under memory pressure; resolves when the API server knows. */
  evict(namespace: string, pod: string, message?: string): Promise<void>;
  /** Goes away without a word to the API server: SIGTERM to all containers, SIGKILL two seconds later. */
  stop(): Promise<void>;
  /** As `stop`, but as a machine that loses its power: SIGKILL at once. */
  kill(): Promise<void>;
}

const address = '127.0.0.1';
// So many of pods that are gone can still be asked for their logs.
const keptWorkers = 200;
const lowMemory = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ';

/** Registers the node and takes pods; resolves when it has said that it is ready. */
export async function startProcessNode(options: ProcessNodeOptions): Promise<ProcessNode> {
  const { name, onError = () => {}, leaseSeconds = 40 } = options;
  const root = resolve(options.root);
  const podsDirectory = join(root, 'pods');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await rm(podsDirectory, { recursive: true, force: true }); // of a node that was killed

  const config = new KubeConfig();
  config.loadFromFile(options.kubeconfig);
  const client = kubernetesClient(config, {
    fieldManager: 'kubelet',
    userAgent: 'dbbackup-process-node',
    retries: { firstMs: 100, capMs: 1_000, tries: 4, limitMs: 5_000 }, // whoever asks tries again for ever
  });
  const gone = new AbortController();
  const { signal } = gone;
  const report = (error: unknown) => {
    if (!signal.aborted) onError(error);
  };
  const workers = new Map<string, PodWorker>();
  const lostPods: string[] = [];
  const images = imageStore(options.images ?? {});
  const capacity = { ...machineCapacity(), ...options.capacity };
  const watchdog = startWatchdog(podsDirectory, 'SIGKILL');
  const context: NodeContext = {
    ...{ root, client, images, signal, report, watchdog },
    sources: podSources(client),
    machine: { address, allocatable: { ...capacity } },
    serviceVariables: serviceVariables(config),
    backOff: options.backOff ?? { initialMs: 10_000, maxMs: 300_000 },
    record: podEvents(client, name, signal),
    memory: memoryGuard(),
  };

  let server: KubeletServer | undefined;
  let loops: Promise<unknown> = Promise.resolve();
  const leave = async (graceMs: number) => {
    gone.abort(new Error(`The node ${name} is gone.`));
    await Promise.all([...workers.values()].map((worker) => worker.shutDown(graceMs)));
    await loops;
    await server?.stop();
    await client.close();
    await rm(podsDirectory, { recursive: true, force: true, maxRetries: 5 });
    watchdog.release();
  };
  try {
    server = await startKubeletServer(kubeletKeys(config), reviewAccess(client, name), podLog);
    const facts: NodeFacts = {
      ...{ name, address, capacity, kubeletPort: server.port },
      kubeletVersion: kubernetesVersions().kubernetes,
      labels: options.labels ?? {},
      taints: options.taints ?? [],
    };
    const node = await registerNode(client, facts, signal);
    loops = Promise.all([
      keepAlive(client, facts, node, leaseSeconds, signal, report),
      watchPods(client, name, { present, gone: lost }, signal, report),
    ]);
  } catch (error) {
    await leave(0);
    throw error;
  }

  function present(pod: Pod): void {
    const { uid } = pod.metadata;
    const worker = workers.get(uid);
    if (worker) worker.update(pod);
    else if (!signal.aborted) workers.set(uid, podWorker(pod, context));
  }
  function lost(uid: string): void {
    workers.get(uid)?.removed();
    lostPods.push(uid);
    const oldest = lostPods.length > keptWorkers ? lostPods.shift() : undefined;
    if (oldest !== undefined) workers.delete(oldest);
  }
  function find(namespace: string, pod: string): PodWorker | undefined {
    const named = ({ pod: { metadata } }: PodWorker) =>
      metadata.namespace === namespace && metadata.name === pod;
    return [...workers.values()].filter(named).at(-1);
  }
  function podLog(wish: LogRequest, until: AbortSignal) {
    const worker = find(wish.namespace, wish.pod);
    const containers = [...(worker?.pod.spec.initContainers ?? []), ...(worker?.pod.spec.containers ?? [])];
    if (!worker || !containers.some(({ name }) => name === wish.container)) return undefined;
    return (async function* () {
      const path = await logFile(logDirectory(root, worker.pod, wish.container), wish.previous);
      const isFollowed = () => wish.follow && !wish.previous && worker.runs(wish.container);
      if (path) yield* readLog(path, { ...wish, isFollowed }, until);
    })();
  }

  let leaving: Promise<void> | undefined;
  const stop = () => {
    leaving ??= leave(2_000);
    return leaving;
  };
  return {
    ...{ name, root, stop, [Symbol.asyncDispose]: stop },
    addImage: images.add,
    async logs(namespace, pod, container = '') {
      const worker = find(namespace, pod);
      const wish = { namespace, pod, container: container || (worker?.pod.spec.containers[0]?.name ?? '') };
      const log = podLog({ ...wish, previous: false, follow: false }, signal);
      if (!log) throw new Error(`The node has no container ${wish.container} of a pod ${namespace}/${pod}.`);
      return (await buffer(log)).toString();
    },
    async evict(namespace, pod, message = lowMemory) {
      const worker = find(namespace, pod);
      if (!worker) throw new Error(`The node has no pod ${namespace}/${pod}.`);
      const condition = { type: 'DisruptionTarget', reason: 'TerminationByKubelet', message };
      await worker.evict({ reason: 'Evicted', message, condition });
    },
    async kill() {
      leaving ??= leave(0);
      await leaving;
    },
  };
}
