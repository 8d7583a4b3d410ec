import type { KubeConfig } from '@kubernetes/client-node';
import { ApiConnection } from './apiConnection.ts';
import { type ApiRequest, ApiRequests, type RequestSettings, type RetryPolicy } from './apiRequest.ts';
import { systemClock } from './clock.ts';
import { jsonLines, LineError } from './jsonLines.ts';
import {
  ApiError,
  type KubernetesClient,
  type ListOptions,
  type WatchEvent,
  type WatchOptions,
} from './kubernetesClient.ts';
import type { KubernetesObject, Resource } from './kubernetesObject.ts';
import { resourcePath } from './resourcePath.ts';

export interface ClientOptions extends Partial<RequestSettings> {
  /** Our name in managedFields. */
  readonly fieldManager: string;
  readonly userAgent: string;
}

/** A KubernetesClient that knows when it last heard from the API server. */
export interface HttpClient extends KubernetesClient {
  /** By the monotonic clock; undefined before the first answer. Bookmarks of a watch count. */
  readonly lastContact: number | undefined;
}

const retries: RetryPolicy = { firstMs: 500, capMs: 8_000, tries: 5, limitMs: 30_000 };

/** The client for the current context of a kubeconfig, over one pool of connections. */
export function kubernetesClient(config: KubeConfig, options: ClientOptions): HttpClient {
  const { fieldManager } = options;
  const requests = new ApiRequests(new ApiConnection(config), {
    clock: systemClock,
    random: Math.random,
    timeoutMs: 20_000,
    retries,
    ...options,
  });
  async function sendObject<T extends KubernetesObject>(
    resource: Resource,
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<T> {
    return typed<T>(resource, (await requests.send(request, signal)) as T);
  }

  return {
    get lastContact() {
      return requests.lastContact;
    },

    async get(resource, namespace, name, signal) {
      const path = resourcePath(resource, namespace, name);
      return await orNone(sendObject(resource, { method: 'GET', path }, signal));
    },

    async list<T extends KubernetesObject>(
      resource: Resource,
      { namespace, ...query }: ListOptions,
      signal: AbortSignal,
    ) {
      const path = resourcePath(resource, namespace);
      const page = (await requests.send(
        { method: 'GET', path, query: { ...query } },
        signal,
      )) as ListAnswer<T>;
      const { resourceVersion, continue: next } = page.metadata;
      // Lists of built-in kinds leave apiVersion and kind out of their items.
      const items = (page.items ?? []).map((item) => typed(resource, item));
      return { items, resourceVersion, ...(next && { continue: next }) };
    },

    watch(resource, options, signal) {
      return watch(requests, resource, options, signal);
    },

    create(resource, object, signal) {
      const path = resourcePath(resource, object.metadata.namespace);
      return sendObject(resource, { method: 'POST', path, query: { fieldManager }, body: object }, signal);
    },

    apply(resource, object, { force, subresource }, signal) {
      const path = pathOf(resource, object, subresource);
      const query = { fieldManager, force };
      const contentType = 'application/apply-patch+yaml';
      return sendObject(resource, { method: 'PATCH', path, query, body: object, contentType }, signal);
    },

    replace(resource, object, signal) {
      const path = pathOf(resource, object);
      return sendObject(resource, { method: 'PUT', path, query: { fieldManager }, body: object }, signal);
    },

    patch(resource, namespace, name, body, { subresource }, signal) {
      const path = resourcePath(resource, namespace, name, subresource);
      const contentType = 'application/merge-patch+json';
      return sendObject(
        resource,
        { method: 'PATCH', path, query: { fieldManager }, body, contentType },
        signal,
      );
    },

    async delete(resource, namespace, name, { propagationPolicy, uid, gracePeriodSeconds }, signal) {
      const path = resourcePath(resource, namespace, name);
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(propagationPolicy && { propagationPolicy }),
        ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        ...(uid !== undefined && { preconditions: { uid } }),
      };
      return (await orNone(requests.send({ method: 'DELETE', path, body }, signal))) !== undefined;
    },

    close: () => requests.close(),
  };
}

interface ListAnswer<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

async function* watch<T extends KubernetesObject>(
  requests: ApiRequests,
  resource: Resource,
  { namespace, onOpen, ...query }: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const path = resourcePath(resource, namespace);
  const request: ApiRequest = {
    method: 'GET',
    path,
    query: { watch: true, allowWatchBookmarks: true, ...query },
  };
  try {
    for await (const event of jsonLines(requests.stream(request, signal, onOpen)))
      yield event as WatchEvent<T>;
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new ApiError(`GET ${path}`, { status: 0, reason: error.code });
  }
}

function typed<T extends KubernetesObject>({ apiVersion, kind }: Resource, object: T): T {
  return object.kind === undefined ? { ...object, apiVersion, kind } : object;
}

function pathOf(resource: Resource, { metadata }: KubernetesObject, subresource?: string): string {
  return resourcePath(resource, metadata.namespace, metadata.name, subresource);
}

async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
