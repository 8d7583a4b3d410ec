import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type KubernetesClient } from '../../../operator/controller/kubernetesClient.ts';
import type { KubernetesObject, Resource } from '../../../operator/controller/kubernetesObject.ts';
import { backOff } from './backOff.ts';
import { type NodeFacts, type NodeObject, nodeObject, nodeStatus, nodes } from './nodeObject.ts';

const leases: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };
const leaseNamespace = 'kube-node-lease';

interface Lease extends KubernetesObject {
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseDurationSeconds: number;
    readonly renewTime: string;
  };
}

/** Registers the node, or takes the object of its name as its own, and says that it is ready. */
export async function registerNode(
  client: KubernetesClient,
  facts: NodeFacts,
  signal: AbortSignal,
): Promise<NodeObject> {
  const node = await client.create(nodes, nodeObject(facts), signal).catch(async (error) => {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    const { metadata } = nodeObject(facts);
    return await client.patch<NodeObject>(nodes, undefined, facts.name, { metadata }, {}, signal);
  });
  return await reportReady(client, facts, node, signal);
}

/**
 * Renews the node's Lease four times in its duration, and its status when the node controller took it for lost or five
 * minutes have passed, until the signal: as the kubelet does it.
 */
export async function keepAlive(
  client: KubernetesClient,
  facts: NodeFacts,
  registered: NodeObject,
  leaseSeconds: number,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Promise<void> {
  let node: NodeObject | undefined = registered;
  let reportedAt = Date.now();
  let waits = backOff({ initialMs: 200, maxMs: (leaseSeconds * 1000) / 4 });
  while (!signal.aborted) {
    try {
      if (!node) node = await registerNode(client, facts, signal); // somebody has deleted it
      await renewLease(client, node, leaseSeconds, signal);
      node = await client.get<NodeObject>(nodes, undefined, facts.name, signal);
      const isReady = node?.status?.conditions.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      );
      if (node && (!isReady || Date.now() - reportedAt > 300_000)) {
        node = await reportReady(client, facts, node, signal);
        reportedAt = Date.now();
      }
      waits = backOff({ initialMs: 200, maxMs: (leaseSeconds * 1000) / 4 });
      if (node) await delay((leaseSeconds * 1000) / 4, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      report(error);
      await waits.wait(signal).catch(() => {});
    }
  }
}

async function reportReady(
  client: KubernetesClient,
  facts: NodeFacts,
  node: NodeObject,
  signal: AbortSignal,
) {
  const patch = { status: nodeStatus(facts, node, new Date()) };
  return await client.patch<NodeObject>(
    nodes,
    undefined,
    facts.name,
    patch,
    { subresource: 'status' },
    signal,
  );
}

async function renewLease(
  client: KubernetesClient,
  node: NodeObject,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid = '' } = node.metadata;
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: seconds,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  try {
    const metadata = { ownerReferences };
    await client.patch<Lease>(leases, leaseNamespace, name, { metadata, spec }, {}, signal);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    const metadata = { name, namespace: leaseNamespace, ownerReferences };
    await client.create<Lease>(
      leases,
      { apiVersion: leases.apiVersion, kind: 'Lease', metadata, spec },
      signal,
    );
  }
}
