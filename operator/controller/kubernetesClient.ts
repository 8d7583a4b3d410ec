import type { KubernetesObject, Resource } from './kubernetesObject.ts';

export interface ListOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; `continue` of the page before asks for the next. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  /** `0` lets the API server answer from its cache. */
  readonly resourceVersion?: string | undefined;
}

export interface Page<T extends KubernetesObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string | undefined;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion: string;
  /** The API server ends the watch after so many seconds. */
  readonly timeoutSeconds: number;
  /** The API server has accepted the watch; events may come much later. */
  readonly onOpen?: () => void;
}

export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly reason?: string } };

export interface DeleteOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** The object is deleted only if it still is this one; else a 409. */
  readonly uid?: string | undefined;
  readonly gracePeriodSeconds?: number;
}

/**
 * The API server, over one pool of connections. Reads and writes are tried again after 429, 5xx and broken connections
 * (Retry-After is kept); what fails for good is an ApiError. Objects name their own apiVersion, kind, namespace and name.
 */
export interface KubernetesClient {
  /** The object; undefined where there is none. */
  get<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<T | undefined>;
  list<T extends KubernetesObject>(
    resource: Resource,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<Page<T>>;
  /** Events as they arrive, one JSON object a line; ends when the server ends the watch, throws when it breaks. Not retried. */
  watch<T extends KubernetesObject>(
    resource: Resource,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** POST. An object of the name that is there already is ApiError 409 AlreadyExists, also when it is our own from a try whose answer was lost. */
  create<T extends KubernetesObject>(resource: Resource, object: T, signal: AbortSignal): Promise<T>;
  /** Server-side apply under our field manager. `force` takes fields over from other managers; without it they are ApiError 409 Conflict. */
  apply<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options: { readonly force: boolean; readonly subresource?: 'status' | undefined },
    signal: AbortSignal,
  ): Promise<T>;
  /** PUT of the whole object, under our field manager. */
  replace<T extends KubernetesObject>(resource: Resource, object: T, signal: AbortSignal): Promise<T>;
  /** JSON merge patch (RFC 7396), under our field manager. */
  patch<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    options: { readonly subresource?: 'status' | undefined },
    signal: AbortSignal,
  ): Promise<T>;
  /** False where there was none. */
  delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** What the API server refused. Holds neither the body of the request nor the words of the answer, which may quote it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Reason word of the Status object: `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, … */
  readonly reason: string;
  /** Paths of the fields that were refused: `spec.timeZone`. */
  readonly fields: readonly string[];
  /** See Refusal. */
  readonly isKindNew: boolean;
  constructor(
    request: string,
    facts: { status: number; reason: string; fields?: readonly string[]; isKindNew?: boolean },
    options?: ErrorOptions,
  ) {
    const fields = facts.fields ?? [];
    const refused = fields.length > 0 ? ` (${fields.join(', ')})` : '';
    super(`${request}: ${facts.status || 'no answer'} ${facts.reason}${refused}`, options);
    this.status = facts.status;
    this.reason = facts.reason;
    this.fields = fields;
    this.isKindNew = facts.isKindNew ?? false;
  }
}
