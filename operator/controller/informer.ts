import { type KubernetesObject, objectKey } from './kubernetesObject.ts';
import { ListWatch, type ListWatchOptions } from './listWatch.ts';
import { Store } from './store.ts';

export interface InformerOptions<T extends KubernetesObject>
  extends Omit<ListWatchOptions<T>, 'namespace' | 'store'> {
  /** Left out: all namespaces. */
  readonly namespaces?: readonly string[] | undefined;
  /** Of each object before it is kept; `withoutManagedFields` where left out. */
  readonly transform?: ((object: T) => T) | undefined;
}

/** One kind in one store, kept in step by one list-watch for each namespace, or one for all. */
export class Informer<T extends KubernetesObject> {
  readonly store: Store<T>;
  /** For logs and health: what the API server calls the kind. */
  readonly name: string;
  readonly #listWatches: readonly ListWatch<T>[];

  constructor({ namespaces, transform = withoutManagedFields, ...options }: InformerOptions<T>) {
    const { resource, logger } = options;
    this.name = resource.plural;
    this.store = new Store<T>({
      transform,
      onHandlerError: (err, { object }) =>
        logger.error({ resource: resource.plural, key: objectKey(object), err }, 'a change handler threw'),
    });
    const scopes = namespaces ? [...new Set(namespaces)] : [undefined];
    this.#listWatches = scopes.map(
      (namespace) => new ListWatch({ ...options, namespace, store: this.store }),
    );
  }

  /** Every first list is in the store. */
  get hasSynced(): boolean {
    return this.#listWatches.every((listWatch) => listWatch.hasSynced);
  }

  /** Runs until the signal aborts; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#listWatches.map((listWatch) => listWatch.run(signal)));
  }
}

/** The object without its managed fields, half of its size, which only the API server needs. */
export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
