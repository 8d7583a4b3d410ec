import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { ClusterAccess } from '../sandbox/kubernetes/access.ts';
import { kubernetesClient } from './controller/httpClient.ts';
import { Informer } from './controller/informer.ts';
import { objectKey } from './controller/kubernetesObject.ts';
import { containerName, labels, type Pod, type Purpose, pods } from './reconcile/kinds.ts';
import { drillReport, report, syncReport } from './reconcile/observedFixture.ts';
import { restoreReport } from './reconcile/observedRestoreFixture.ts';

/** How the one container of a pod ends. */
export interface Ending {
  readonly exitCode: number;
  readonly report?: object;
}

/** What the ending of a pod is chosen by. */
export interface PodOf {
  readonly job: string;
  readonly purpose: Purpose;
}

/** Writes the status of the pods in a namespace as if they ran on a node. */
export interface FakeKubelet {
  /** The pods that have ended: each of a notify Job that ended well is a mail. */
  readonly ended: readonly PodOf[];
  /** While it is held no pod goes on; afterwards each is looked at anew. */
  hold(isHeld: boolean): void;
}

/** Ends every pod at once as `ending` says; where that is `Runs`, it goes on running. */
export function startFakeKubelet(
  t: TestContext,
  cluster: ClusterAccess,
  namespace: string,
  ending: (pod: PodOf) => Ending | 'Runs' = wellEnding,
): FakeKubelet {
  const client = kubernetesClient(cluster.adminConfig, { fieldManager: 'kubelet', userAgent: 'kubelet' });
  const logger = pino({ level: 'silent' });
  const informer = new Informer<Pod>({ client, resource: pods, namespaces: [namespace], logger });
  const { store } = informer;
  const stop = new AbortController();
  const ended: PodOf[] = [];
  const atWork = new Set<string>();
  let isHeld = false;

  function next(key: string): { pod: Pod; of: PodOf; how: Ending | 'Runs' } | undefined {
    const pod = store.get(key);
    if (isHeld || stop.signal.aborted || pod?.metadata.deletionTimestamp !== undefined) return undefined;
    const { phase = 'Pending' } = pod?.status ?? {};
    if (pod === undefined || phase === 'Succeeded' || phase === 'Failed') return undefined;
    const all = pod.metadata.labels ?? {};
    const of = { job: all['batch.kubernetes.io/job-name'] ?? '', purpose: all[labels.purpose] as Purpose };
    const how = ending(of);
    return how === 'Runs' && phase === 'Running' ? undefined : { pod, of, how };
  }
  async function work(key: string): Promise<void> {
    if (atWork.has(key)) return;
    atWork.add(key);
    for (let step = next(key); step; step = next(key)) {
      const { pod, of, how } = step;
      const { name, uid } = pod.metadata;
      const patch = { metadata: { uid }, status: statusOf(how) };
      try {
        store.remember(
          await client.patch<Pod>(pods, namespace, name, patch, { subresource: 'status' }, stop.signal),
        );
        if (how !== 'Runs') ended.push(of);
      } catch {
        // The pod is gone, or the API server is away.
        await delay(200);
      }
    }
    atWork.delete(key);
  }

  store.onChange(({ type, object }) => {
    if (type !== 'deleted') void work(objectKey(object));
  });
  const running = informer.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
    await client.close();
  });
  return {
    ended,
    hold(held) {
      isHeld = held;
      for (const pod of store.list()) void work(objectKey(pod));
    },
  };
}

/** Every run, sync, check, drill, restore and mail goes well. */
export function wellEnding({ purpose }: PodOf): Ending {
  const reports = {
    run: report({ rows: 7 }),
    sync: syncReport(),
    check: { version: 1, kind: 'CheckReport', result: 'Passed', probes: [] },
    notify: { version: 1, kind: 'NoticeReport', result: 'Sent' },
    restore: restoreReport(),
    drill: drillReport(),
  };
  return { exitCode: 0, report: reports[purpose] };
}

function statusOf(how: Ending | 'Runs'): Pod['status'] {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  // Else it would stay unschedulable: there is no node.
  const conditions = [{ type: 'PodScheduled', status: 'True' }];
  const container = {
    name: containerName,
    image: 'dbbackup:test',
    imageID: '',
    ready: false,
    restartCount: 0,
  };
  if (how === 'Runs') {
    const state = { running: { startedAt: now } };
    return { phase: 'Running', startTime: now, conditions, containerStatuses: [{ ...container, state }] };
  }
  const { exitCode, report: told } = how;
  const terminated = {
    ...{ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: now, finishedAt: now },
    ...(told && { message: JSON.stringify(told) }),
  };
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  return { phase, startTime: now, conditions, containerStatuses: [{ ...container, state: { terminated } }] };
}
