import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../crds/resources.ts';
import type { ClusterAccess } from './access.ts';

/** The folder of the CRDs, as `kubectl apply -f` takes it. */
export const crdFolder = join(import.meta.dirname, '..', '..', 'crds');

/** Applies the CRDs and waits until they are served. */
export async function applyCrds(cluster: ClusterAccess): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', crdFolder]);
  await untilCrdsServed(cluster);
}

/** Waits until our kinds can be listed: `Established` comes a moment earlier, and `kubectl wait` for it fails on a CRD that has no status yet. */
export async function untilCrdsServed(cluster: ClusterAccess): Promise<void> {
  for (const { plural } of resources) {
    const path = `/apis/dbbackup.dev/v1alpha1/${plural}?limit=1`;
    for (const deadline = Date.now() + 120_000; ; await delay(50)) {
      const { status, body } = await cluster.request('GET', path);
      if (status === 200) break;
      if (Date.now() > deadline) throw new Error(`${plural} are not served after 120 s: ${status} ${body}`);
    }
  }
}
