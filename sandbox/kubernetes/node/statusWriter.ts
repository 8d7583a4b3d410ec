import { isDeepStrictEqual } from 'node:util';
import { ApiError, type KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import { backOff } from './backOff.ts';
import { type Pod, type PodStatus, pods } from './pod.ts';

/** Keeps the status of one pod in the API server. */
export interface StatusWriter {
  /** The object as the watch shows it. */
  seen(pod: Pod): void;
  /** Something changed: the status is made anew and written. */
  changed(): void;
  /** Resolves when nothing is left to write, or the pod is gone, or the node. */
  settled(): Promise<void>;
  /** The newest version of the object that is known. */
  readonly pod: Pod;
}

/** Writes what `status` makes of the object, one patch at a time, tried again until it is written. */
export function statusWriter(
  client: KubernetesClient,
  first: Pod,
  status: (pod: Pod) => PodStatus,
  signal: AbortSignal,
  report: (error: unknown) => void,
): StatusWriter {
  let pod = first;
  let written: PodStatus | undefined;
  let isStale = false;
  let writing: Promise<void> | undefined;

  const writeAll = async () => {
    const waits = backOff({ initialMs: 50, maxMs: 5_000 });
    while (isStale && !signal.aborted) {
      isStale = false;
      try {
        await write();
      } catch (error) {
        const code = error instanceof ApiError ? error.status : 0;
        if (code === 404 || signal.aborted) return;
        isStale = true;
        if (code !== 409) report(error);
        await waits.wait(signal).catch(() => {});
        if (code === 409 && !(await isThere())) return;
      }
    }
  };
  const write = async () => {
    const next = status(pod);
    if (isDeepStrictEqual(next, written)) return;
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    // With the version, so that a condition of somebody else is never written over.
    const patch = { metadata: { uid, resourceVersion }, status: next };
    newer(await client.patch<Pod>(pods, namespace, name, patch, { subresource: 'status' }, signal));
    written = next;
  };
  const isThere = async () => {
    const { name, namespace, uid } = pod.metadata;
    const current = await client.get<Pod>(pods, namespace, name, signal).catch(() => pod);
    if (current?.metadata.uid !== uid) return false; // another one has its name
    newer(current);
    return true;
  };
  const newer = (candidate: Pod) => {
    const isOlder = version(candidate) < version(pod);
    if (!isOlder) pod = candidate;
  };

  return {
    get pod() {
      return pod;
    },
    seen: newer,
    changed() {
      isStale = true;
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
    },
    settled: async () => {
      while (writing) await writing;
    },
  };
}

// Comparable since Kubernetes 1.35: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
function version(pod: Pod): bigint {
  return BigInt(pod.metadata.resourceVersion ?? '0');
}
