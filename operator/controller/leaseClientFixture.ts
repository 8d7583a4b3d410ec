import { ApiError, type KubernetesClient } from './kubernetesClient.ts';
import type { KubernetesObject } from './kubernetesObject.ts';
import type { Lease } from './lease.ts';

/** One Lease of an API server in memory, seen by one process, whose way to it can be broken. */
export class LeaseClient {
  /** `loses`: does what it is asked and the answer never comes. `hangs`: does nothing, and no answer comes. */
  way: 'open' | 'refuses' | 'hangs' | 'loses' = 'open';
  readonly #server: LeaseServer;

  constructor(server: LeaseServer) {
    this.#server = server;
  }

  get client(): KubernetesClient {
    const only: Pick<KubernetesClient, 'get' | 'create' | 'replace'> = {
      get: <T extends KubernetesObject>(_r: unknown, _ns: unknown, _n: unknown, signal: AbortSignal) =>
        this.#ask(() => this.#server.lease as unknown as T | undefined, signal),
      create: <T extends KubernetesObject>(_r: unknown, object: T, signal: AbortSignal) =>
        this.#ask(() => this.#server.create(object), signal),
      replace: <T extends KubernetesObject>(_r: unknown, object: T, signal: AbortSignal) =>
        this.#ask(() => this.#server.replace(object), signal),
    };
    return only as KubernetesClient;
  }

  async #ask<Answer>(act: () => Answer, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    if (this.way === 'refuses') throw new ApiError('Lease', { status: 0, reason: 'ECONNREFUSED' });
    if (this.way === 'open') return act();
    if (this.way === 'loses') act();
    return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
}

export class LeaseServer {
  lease: Lease | undefined;
  writes = 0;

  get holder(): string | undefined {
    return this.lease?.spec?.holderIdentity;
  }

  /** Somebody takes the Lease, as nobody should. */
  take(holderIdentity: string): void {
    if (this.lease) this.replace({ ...this.lease, spec: { ...this.lease.spec, holderIdentity } });
  }

  create<T extends KubernetesObject>(object: T): T {
    if (this.lease) throw new ApiError('Lease', { status: 409, reason: 'AlreadyExists' });
    return this.#store(object);
  }

  replace<T extends KubernetesObject>(object: T): T {
    if (!this.lease) throw new ApiError('Lease', { status: 404, reason: 'NotFound' });
    if (object.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
      throw new ApiError('Lease', { status: 409, reason: 'Conflict' });
    }
    return this.#store(object);
  }

  #store<T extends KubernetesObject>(object: T): T {
    this.writes += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${this.writes}` } };
    this.lease = stored as unknown as Lease;
    return stored;
  }
}
