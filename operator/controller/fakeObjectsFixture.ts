import type { ServerResponse } from 'node:http';
import { answerJson, answerStatus, type SeenRequest } from './fakeApiServerFixture.ts';
import { type KubernetesObject, objectKey } from './kubernetesObject.ts';

interface Event {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubernetesObject;
}

interface Watcher {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly response: ServerResponse;
}

/** The objects of the fake API server: one counter of versions, a history that can be compacted, watches. */
export class FakeObjects {
  version = 100;
  /** Whether watches hear of what happens. */
  tells = true;
  readonly #kept = new Map<string, Map<string, KubernetesObject>>();
  readonly #history: Event[] = [];
  readonly #watchers = new Set<Watcher>();
  #compactedAt = 0;
  #uids = 0;

  get watches(): number {
    return this.#watchers.size;
  }

  /** Written by somebody: created, or replaced where there is one of the name. `collection` is `v1/configmaps`. */
  put(
    collection: string,
    object: Partial<KubernetesObject> & Pick<KubernetesObject, 'metadata'>,
  ): KubernetesObject {
    const key = objectKey(object);
    const old = this.#collection(collection).get(key);
    this.version += 1;
    const uid = old?.metadata.uid ?? `uid-${++this.#uids}`;
    const metadata = { ...object.metadata, uid, resourceVersion: `${this.version}` };
    const stored = { ...object, metadata } as KubernetesObject;
    this.#collection(collection).set(key, stored);
    this.#happened({ version: this.version, type: old ? 'MODIFIED' : 'ADDED', collection, object: stored });
    return stored;
  }

  /** Deleted by somebody. */
  remove(collection: string, key: string): void {
    const old = this.#collection(collection).get(key);
    if (!old) return;
    this.#collection(collection).delete(key);
    this.version += 1;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: `${this.version}` } };
    this.#happened({ version: this.version, type: 'DELETED', collection, object });
  }

  get(collection: string, key: string): KubernetesObject | undefined {
    return this.#collection(collection).get(key);
  }

  /** History up to now is forgotten: older watches and continue tokens are Expired. */
  compact(): void {
    this.version += 1;
    this.#compactedAt = this.version;
  }

  /** Everything is as it was in a backup of etcd: here, empty and at an older version. */
  restore(version: number): void {
    this.#kept.clear();
    this.#history.splice(0);
    this.version = version;
  }

  /** Says to all watches up to where they have heard everything. */
  bookmark(): void {
    const object = { metadata: { resourceVersion: `${this.version}` } };
    for (const { response } of this.#watchers) response.write(line({ type: 'BOOKMARK', object }));
  }

  /** Ends all watches as the API server does after timeoutSeconds. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
  }

  /** Writes into all watches as it is. */
  write(text: string | Buffer): void {
    for (const { response } of this.#watchers) response.write(text);
  }

  answer(request: SeenRequest, response: ServerResponse): ServerResponse {
    const { collection, namespace, name } = place(request.path);
    const { method, query, body } = request;
    const key = `${namespace ?? ''}/${name ?? body?.metadata?.name}`;
    const old = this.#collection(collection).get(key);
    if (query.get('watch')) return this.#watch(collection, namespace, query, response);
    if (method === 'GET' && name === undefined) return this.#list(collection, namespace, query, response);
    if (method === 'POST') {
      if (old) return answerStatus(response, 409, 'AlreadyExists');
      return answerJson(response, 201, this.put(collection, body));
    }
    if (!old && request.headers['content-type'] !== 'application/apply-patch+yaml') {
      return answerStatus(response, 404, 'NotFound');
    }
    if (method === 'GET') return answerJson(response, 200, old ?? {});
    if (method === 'DELETE') {
      this.remove(collection, key);
      return answerJson(response, 200, { kind: 'Status', status: 'Success' });
    }
    const asked = body.metadata?.resourceVersion;
    if (asked !== undefined && asked !== old?.metadata.resourceVersion) {
      return answerStatus(response, 409, 'Conflict');
    }
    const merged =
      method === 'PUT' ? body : { ...old, ...body, metadata: { ...old?.metadata, ...body.metadata } };
    return answerJson(response, 200, this.put(collection, merged));
  }

  #list(
    collection: string,
    namespace: string | undefined,
    query: URLSearchParams,
    response: ServerResponse,
  ): ServerResponse {
    const limit = Number(query.get('limit') ?? 1e9);
    const { version, start } = query.has('continue')
      ? (JSON.parse(query.get('continue') ?? '') as { version: number; start: number })
      : { version: this.version, start: 0 };
    if (version < this.#compactedAt) return answerStatus(response, 410, 'Expired');
    const items = this.#at(version, collection)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .sort((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
    const end = start + limit;
    const metadata = {
      resourceVersion: `${version}`,
      ...(end < items.length && { continue: JSON.stringify({ version, start: end }) }),
    };
    // As for built-in kinds: the items do not say what they are.
    const page = items.slice(start, end).map(({ apiVersion: _, kind: __, ...rest }) => rest);
    return answerJson(response, 200, { kind: 'List', metadata, items: page });
  }

  #watch(
    collection: string,
    namespace: string | undefined,
    query: URLSearchParams,
    response: ServerResponse,
  ): ServerResponse {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (from < this.#compactedAt) {
      return response.end(line({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }));
    }
    const watcher = { collection, namespace, response };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    for (const event of this.#history) if (event.version > from) tell(watcher, event);
    return response;
  }

  /** What there was at that version: what is there now, with the later history taken back. */
  #at(version: number, collection: string): KubernetesObject[] {
    const then = new Map<string, KubernetesObject>();
    for (const event of this.#history) {
      if (event.version > version || event.collection !== collection) continue;
      if (event.type === 'DELETED') then.delete(objectKey(event.object));
      else then.set(objectKey(event.object), event.object);
    }
    return [...then.values()];
  }

  #happened(event: Event): void {
    this.#history.push(event);
    if (this.tells) for (const watcher of this.#watchers) tell(watcher, event);
  }

  #collection(name: string): Map<string, KubernetesObject> {
    const known = this.#kept.get(name) ?? new Map<string, KubernetesObject>();
    this.#kept.set(name, known);
    return known;
  }
}

function tell({ collection, namespace, response }: Watcher, { type, object, ...event }: Event): void {
  if (event.collection !== collection) return;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return;
  response.write(line({ type, object }));
}

function line(event: object): string {
  return `${JSON.stringify(event)}\n`;
}

function place(path: string): {
  collection: string;
  namespace?: string | undefined;
  name?: string | undefined;
} {
  const match =
    /^\/(?:api|apis)\/(?<group>v1|[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/status)?$/.exec(
      path,
    );
  if (!match?.groups) throw new Error(`A path that no API server has: ${path}`);
  const { group, namespace, plural, name } = match.groups;
  return { collection: `${group}/${plural}`, namespace, name };
}
