import type { KubernetesObject, Resource } from './kubernetesObject.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const leases: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };

/** A time as Lease and Event want it, with six digits after the second. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

/** The Lease held by `identity` from or since now; `old` is what it was. */
export function heldLease(
  old: Lease | undefined,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  {
    identity,
    durationMs,
    now,
  }: { readonly identity: string; readonly durationMs: number; readonly now: Date },
): Lease {
  const { holderIdentity, acquireTime, leaseTransitions = 0 } = old?.spec ?? {};
  const isRenewal = old !== undefined && holderIdentity === identity;
  return {
    apiVersion: leases.apiVersion,
    kind: leases.kind,
    metadata: old?.metadata ?? { namespace, name },
    spec: {
      ...old?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: (isRenewal && acquireTime) || microTime(now),
      renewTime: microTime(now),
      leaseTransitions: isRenewal || old === undefined ? leaseTransitions : leaseTransitions + 1,
    },
  };
}

/** The Lease as nobody's, for the next one to take at once. */
export function releasedLease(old: Lease, now: Date): Lease {
  const renewTime = microTime(now);
  return { ...old, spec: { ...old.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime } };
}
