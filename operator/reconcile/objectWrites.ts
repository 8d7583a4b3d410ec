import { ApiError, type KubernetesClient } from '../controller/kubernetesClient.ts';
import type { KubernetesObject, ObjectMeta, Resource } from '../controller/kubernetesObject.ts';
import type { Known } from '../controller/store.ts';

/** Objects of one kind: where they are known, and what the API server calls them. */
export interface Kind<T extends KubernetesObject> {
  readonly resource: Resource;
  readonly store: Known<T>;
  readonly client: KubernetesClient;
}

/** Applies the status that an object has here. Whether it did: the object may be gone, or another one has its name by now. */
export async function applyStatus<T extends KubernetesObject & { readonly status?: object }>(
  kind: Kind<T>,
  object: T,
  signal: AbortSignal,
): Promise<boolean> {
  const { apiVersion, metadata, status } = object;
  const applied = { apiVersion, kind: object.kind, metadata: identity(metadata), status } as unknown as T;
  const write = kind.client.apply(kind.resource, applied, { force: true, subresource: 'status' }, signal);
  return written(kind, object, write, signal);
}

/** Patches an object. Whether it did: see applyStatus. */
export async function patchObject<T extends KubernetesObject>(
  kind: Kind<T>,
  object: T,
  patch: object,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, uid } = object.metadata;
  const write = kind.client.patch<T>(kind.resource, namespace, name, withUID(patch, uid), {}, signal);
  return written(kind, object, write, signal);
}

/** Deletes this very object, if it is still there. */
export async function deleteObject<T extends KubernetesObject>(
  { client, resource, store }: Kind<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  // Pods of a Job end gracefully: they get their SIGTERM from the garbage collector.
  try {
    await client.delete(resource, namespace, name, { propagationPolicy: 'Background', uid }, signal);
  } catch (error) {
    // Another object has the name by now.
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
  }
  store.forget(object);
}

/** With its UID a write meets this very object, never a later one of the name. */
function identity({ name, namespace, uid }: ObjectMeta) {
  return { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
}

function withUID(patch: object, uid: string | undefined): object {
  const { metadata } = patch as { metadata?: object };
  return { ...patch, metadata: { ...metadata, ...(uid === undefined ? {} : { uid }) } };
}

/** Takes the answer to a write into the store; false if the object is gone or another one has its name by now. */
async function written<T extends KubernetesObject>(
  { client, resource, store }: Kind<T>,
  object: T,
  write: Promise<T>,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, uid } = object.metadata;
  try {
    store.remember(await write);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 404) {
      // A UID that differs is a conflict, but so are writes of others at the same moment.
      if (error.status !== 409 && error.status !== 422) throw error;
      const live = await client.get(resource, namespace, name, signal);
      if (live?.metadata.uid === uid) throw error;
    }
    store.forget(object);
    return false;
  }
}
