import { join } from 'node:path';
import type { ClusterAccess } from './access.ts';

/** The folder of the CRDs, as `kubectl apply -f` takes it. */
export const crdFolder = join(import.meta.dirname, '..', '..', 'crds');

/** Applies the CRDs and waits until they are served. */
export async function applyCrds(cluster: ClusterAccess): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', crdFolder]);
  await untilCrdsServed(cluster);
}

/** Waits until the API server serves our kinds. */
export async function untilCrdsServed(cluster: ClusterAccess): Promise<void> {
  const names = ['databasebackups', 'databasebackupruns'].map((name) => `crd/${name}.dbbackup.dev`);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=120s', ...names]);
}
