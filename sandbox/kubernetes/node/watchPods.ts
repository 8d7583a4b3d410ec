import type { KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import { backOff } from './backOff.ts';
import { type Pod, pods } from './pod.ts';

export interface PodHandlers {
  /** Seen for the first time or changed. */
  present(pod: Pod): void;
  /** Gone from the API server. */
  gone(uid: string): void;
}

// A watch that hangs on a dead connection costs one minute: then all is listed anew.
const watchSeconds = 60;

/** Follows the pods that are bound to the node, through broken watches and restarts of the API server, until the signal. */
export async function watchPods(
  client: KubernetesClient,
  nodeName: string,
  { present, gone }: PodHandlers,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Promise<void> {
  const fieldSelector = `spec.nodeName=${nodeName}`; // the Node authorizer lets it see no others
  const known = new Set<string>();
  let waits = backOff({ initialMs: 100, maxMs: 5_000 });
  const see = (pod: Pod) => {
    known.add(pod.metadata.uid);
    present(pod);
  };
  const lose = (uid: string) => {
    if (known.delete(uid)) gone(uid);
  };

  const follow = async () => {
    const page = await client.list<Pod>(pods, { fieldSelector }, signal);
    const there = new Set(page.items.map(({ metadata }) => metadata.uid));
    for (const uid of [...known]) if (!there.has(uid)) lose(uid);
    page.items.forEach(see);
    waits = backOff({ initialMs: 100, maxMs: 5_000 });
    const { resourceVersion } = page;
    const limit = AbortSignal.any([signal, AbortSignal.timeout((watchSeconds + 10) * 1000)]);
    const options = { fieldSelector, resourceVersion, timeoutSeconds: watchSeconds };
    for await (const event of client.watch<Pod>(pods, options, limit)) {
      if (event.type === 'ERROR') return; // 410 among them: what is true is listed anew
      if (event.type === 'DELETED') lose(event.object.metadata.uid);
      else if (event.type !== 'BOOKMARK') see(event.object);
    }
  };
  while (!signal.aborted) {
    try {
      await follow();
    } catch (error) {
      if (signal.aborted) return;
      report(error);
      await waits.wait(signal).catch(() => {});
    }
  }
}
