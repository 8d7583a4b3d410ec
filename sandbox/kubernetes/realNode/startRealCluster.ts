import { type ControlPlane, startControlPlane } from '../startControlPlane.ts';
import { pauseArchive } from './images/pauseArchive.ts';
import { productArchive, productImage } from './images/productArchive.ts';
import { serverArchive } from './images/serverArchive.ts';
import { type Machine, startMachine } from './machine.ts';
import { requireRealNode } from './requirements.ts';
import { type RealNode, startRealNode } from './startRealNode.ts';

/** A whole Kubernetes of ours: a control plane and one node that has our image, and one of a PostgreSQL server for drills. */
export interface RealCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly machine: Machine;
  readonly node: RealNode;
  /** The image of this working tree. */
  readonly image: string;
}

/** Starts it, having built what is missing, which is told. Throws KubernetesUnavailable where there can be none. */
export async function startRealCluster(
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<RealCluster> {
  requireRealNode();
  await using stack = new AsyncDisposableStack();
  const archives = [await pauseArchive(), await productArchive(tell), await serverArchive(tell)];
  const machine = stack.use(await startMachine());
  const cluster = stack.use(
    await startControlPlane({ advertise: machine.network.hostAddress, ...(signal && { signal }) }),
  );
  const node = await startRealNode({ name: 'node-1', machine, cluster, archives });
  const owned = stack.move();
  return {
    ...{ cluster, machine, node, image: productImage },
    // The node's last words would be lost on an API server that is gone, and there is nobody to read them.
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
