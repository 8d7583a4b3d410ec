import { randomBytes } from 'node:crypto';
import type { KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from '../../../operator/controller/kubernetesObject.ts';
import type { Pod } from './pod.ts';
import { timestamp } from './podRun.ts';

const events: Resource = { apiVersion: 'v1', kind: 'Event', plural: 'events' };

interface CoreEvent extends KubernetesObject {
  readonly involvedObject: object;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly source: object;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

/** Tells of a pod as a kubelet does; `container` is the one it is about. Never fails, and does not wait. */
export type RecordEvent = (
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
) => void;

const remembered = 1_000;

/** Writes events one after the other; what was told before is counted up. An event that can't be written is lost. */
export function podEvents(client: KubernetesClient, nodeName: string, signal: AbortSignal): RecordEvent {
  const written = new Map<string, { name: string; count: number }>();
  let last: Promise<unknown> = Promise.resolve();
  return (pod, type, reason, message, container) => {
    const { name, namespace, uid } = pod.metadata;
    const now = timestamp(new Date());
    const write = async () => {
      const key = JSON.stringify([uid, type, reason, message, container]);
      const before = written.get(key);
      if (before) {
        before.count += 1;
        const news = { count: before.count, lastTimestamp: now };
        await client.patch(events, namespace, before.name, news, {}, signal);
        return;
      }
      const eventName = `${name}.${randomBytes(8).toString('hex')}`;
      written.set(key, { name: eventName, count: 1 });
      const [oldest] = written.keys();
      if (written.size > remembered && oldest !== undefined) written.delete(oldest);
      const event: CoreEvent = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace },
        involvedObject: {
          ...{ apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
          ...(pod.metadata.resourceVersion && { resourceVersion: pod.metadata.resourceVersion }),
          ...(container && { fieldPath: `spec.containers{${container}}` }),
        },
        ...{ type, reason, message, count: 1, firstTimestamp: now, lastTimestamp: now },
        source: { component: 'kubelet', host: nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: nodeName,
      };
      await client.create(events, event, signal);
    };
    last = last.then(write).catch(() => {});
  };
}
