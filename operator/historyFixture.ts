import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { ClusterAccess } from '../sandbox/kubernetes/access.ts';
import { eventually } from '../sandbox/testing.ts';
import { kubernetesClient } from './controller/httpClient.ts';
import { Informer } from './controller/informer.ts';
import type { KubernetesObject, Resource } from './controller/kubernetesObject.ts';
import { type Job, jobs, type Run } from './reconcile/kinds.ts';
import type { ScheduledKind } from './reconcile/scheduledKind.ts';

/** Every version that an object ever had, the oldest first. */
export interface Versions<T> {
  readonly all: readonly T[];
  readonly isGone: boolean;
}

/** All Jobs and records that ever were in a namespace since the history was opened, by UID. */
export interface History {
  /** Of the records. */
  readonly kind: ScheduledKind;
  readonly jobs: ReadonlyMap<string, Versions<Job>>;
  readonly runs: ReadonlyMap<string, Versions<Run>>;
}

/** Watches a namespace from beside: what was made and deleted again is known, too. */
export async function openHistory(
  t: TestContext,
  cluster: ClusterAccess,
  namespace: string,
  kind: ScheduledKind,
): Promise<History> {
  const client = kubernetesClient(cluster.adminConfig, { fieldManager: 'history', userAgent: 'history' });
  const logger = pino({ level: 'silent' });
  const stop = new AbortController();
  async function follow<T extends KubernetesObject>(resource: Resource): Promise<Map<string, Versions<T>>> {
    const objects = new Map<string, Versions<T>>();
    const informer = new Informer<T>({ client, resource, namespaces: [namespace], logger });
    informer.store.onChange(({ type, object }) => {
      const { uid = '' } = object.metadata;
      const { all } = objects.get(uid) ?? { all: [] };
      objects.set(uid, { all: [...all, object], isGone: type === 'deleted' });
    });
    const running = informer.run(stop.signal);
    t.after(async () => {
      stop.abort();
      await running;
    });
    await eventually(() => {
      if (!informer.hasSynced) throw new Error(`${informer.name} is not listed.`);
    });
    return objects;
  }
  const history = { kind, jobs: await follow<Job>(jobs), runs: await follow<Run>(kind.runs) };
  t.after(() => client.close());
  return history;
}
