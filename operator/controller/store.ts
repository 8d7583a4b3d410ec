import { type KubernetesObject, objectKey } from './kubernetesObject.ts';
import { compareVersions, versionOf } from './objectVersion.ts';
import { type IndexValues, StoreIndex } from './storeIndex.ts';

/** Something in the store is no longer what it was. */
export interface Change<T extends KubernetesObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** As it is now; of a deleted object the last that is known. */
  readonly object: T;
  /** What it replaces. */
  readonly old?: T;
  /** Told by `remember` or `forget`: whoever did it knows. */
  readonly isOwn: boolean;
}

/** Hears of changes. It must only take note (enqueue a key): it runs within the watch. */
export type ChangeHandler<T extends KubernetesObject> = (change: Change<T>) => void;

export interface StoreOptions<T extends KubernetesObject> {
  /** Leaves out what nobody reads, before an object is kept. Must keep apiVersion, kind and the identity in metadata. */
  readonly transform?: ((object: T) => T) | undefined;
  /** A handler threw; the others were called all the same. */
  readonly onHandlerError: (error: unknown, change: Change<T>) => void;
}

/** Which part of the cluster a list-watch looks at: a namespace, or `''` for all. */
export type Scope = string;

/**
 * The objects of one kind as far as they are known, from list-watches and from our own writes. Of two versions of an
 * object the newer one stays, whatever order they arrive in: a late event or page never brings an older one back, nor
 * an object that is gone. Versions of one kind can be compared: one etcd counts them all.
 */
export class Store<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  /** Objects we deleted whose deletion no watch has told us yet: what is known of them is to be ignored. */
  readonly #forgotten = new Map<string, T>();
  /** Up to which version the list-watch of a scope has told us everything. */
  readonly #toldUpTo = new Map<Scope, string>();
  readonly #indexes = new Map<string, StoreIndex<T>>();
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #options: StoreOptions<T>;

  constructor(options: StoreOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** By `namespace/name` (objectKey). */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** Adds a secondary index; `by` answers from it. */
  index(name: string, values: IndexValues<T>): void {
    const index = new StoreIndex(values);
    for (const [key, object] of this.#objects) index.add(key, object);
    this.#indexes.set(name, index);
  }

  /** All objects with that value in that index. */
  by(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`The store has no index ${name}.`);
    return Array.from(index.keys(value), (key) => this.#objects.get(key)).filter((o) => o !== undefined);
  }

  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
  }

  /**
   * Takes the API server's answer to our own write, so that what we read next is not older. Give it only objects that
   * the list-watches would bring too.
   */
  remember(object: T): void {
    // The watch is past this version: it has told of it, or of the end of the object.
    if (!this.#isNews(object)) return;
    const forgotten = this.#forgotten.get(objectKey(object));
    if (forgotten && (isSame(forgotten, object) || !isNewer(object, forgotten))) return;
    this.#put(object, true);
  }

  /** Takes note that we deleted this object and it is no more: it stays gone, whatever late news there is of it. */
  forget(object: T): void {
    const key = objectKey(object);
    const known = this.#objects.get(key);
    // Another object has the name by now; an older one under it is gone as well.
    if (known && !isSame(known, object) && isNewer(known, object)) return;
    if (!known && !this.#isNews(object)) return;
    const candidates = [object, known, this.#forgotten.get(key)].filter((one) => one !== undefined);
    const last = candidates.reduce((a, b) => (isNewer(b, a) ? b : a));
    this.#forgotten.set(key, last);
    if (known) this.#remove(key, known, true);
  }

  /** A list-watch saw this version. */
  seen(object: T): void {
    const key = objectKey(object);
    const forgotten = this.#forgotten.get(key);
    if (forgotten && !isNewer(object, forgotten)) return;
    // Marked as being deleted (finalizers, grace): this is of after our delete, and the object is there after all.
    if (forgotten && isSame(forgotten, object) && object.metadata.deletionTimestamp === undefined) return;
    const isTaken = this.#put(object, false);
    if (forgotten && isTaken) this.#forgotten.delete(key);
  }

  /** A list-watch saw the end of this object, at its resource version. */
  seenDeleted(object: T): void {
    const key = objectKey(object);
    const forgotten = this.#forgotten.get(key);
    if (forgotten && !isNewer(forgotten, object)) this.#forgotten.delete(key);
    const known = this.#objects.get(key);
    if (known && !isNewer(known, object)) this.#remove(key, this.#kept(object), false);
  }

  /** A list-watch has told of everything in its scope up to this version. */
  toldUpTo(scope: Scope, version: string): void {
    this.#toldUpTo.set(scope, version);
  }

  /** A list of the scope is complete: what it lacks, and is not newer than the list, is gone. */
  seenAll(scope: Scope, keys: ReadonlySet<string>, version: string): void {
    const isGone = (key: string, object: T) =>
      !keys.has(key) && isIn(scope, object) && compareVersions(versionOf(object), version) <= 0;
    for (const [key, object] of this.#objects) {
      if (isGone(key, object)) this.#remove(key, object, false);
    }
    for (const [key, object] of this.#forgotten) {
      if (isGone(key, object)) this.#forgotten.delete(key);
    }
    this.toldUpTo(scope, version);
  }

  /** The API server's history went back (etcd was restored): versions from before mean nothing any more. */
  rewind(scope: Scope): void {
    for (const [key, object] of this.#objects) {
      if (isIn(scope, object)) this.#objects.set(key, withVersion(object, '0'));
    }
    for (const [key, object] of this.#forgotten) if (isIn(scope, object)) this.#forgotten.delete(key);
    this.#toldUpTo.delete(scope);
  }

  #isNews(object: T): boolean {
    const told = this.#toldUpTo.get('') ?? this.#toldUpTo.get(object.metadata.namespace ?? '');
    return told === undefined || compareVersions(versionOf(object), told) > 0;
  }

  #put(object: T, isOwn: boolean): boolean {
    const key = objectKey(object);
    const old = this.#objects.get(key);
    if (old && !isNewer(object, old)) return false;
    const kept = this.#kept(object);
    this.#objects.set(key, kept);
    for (const index of this.#indexes.values()) {
      if (old) index.remove(key, old);
      index.add(key, kept);
    }
    // An object of the same name with another UID is another object.
    if (old && !isSame(old, kept)) this.#tell({ type: 'deleted', object: old, isOwn });
    if (old && isSame(old, kept)) this.#tell({ type: 'updated', object: kept, old, isOwn });
    else this.#tell({ type: 'added', object: kept, isOwn });
    return true;
  }

  #remove(key: string, last: T, isOwn: boolean): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.remove(key, old);
    this.#tell({ type: 'deleted', object: last, old, isOwn });
  }

  #kept(object: T): T {
    return this.#options.transform?.(object) ?? object;
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.onHandlerError(error, change);
      }
    }
  }
}

function isNewer(a: KubernetesObject, b: KubernetesObject): boolean {
  return compareVersions(versionOf(a), versionOf(b)) > 0;
}

function isSame(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.metadata.uid === b.metadata.uid;
}

function isIn(scope: Scope, { metadata }: KubernetesObject): boolean {
  return scope === '' || metadata.namespace === scope;
}

function withVersion<T extends KubernetesObject>(object: T, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** A store as those see it who take one of a certain kind for one of any. */
export type Known<T extends KubernetesObject> = Pick<
  Store<T>,
  'get' | 'list' | 'by' | 'remember' | 'forget' | 'index' | 'onChange'
>;
