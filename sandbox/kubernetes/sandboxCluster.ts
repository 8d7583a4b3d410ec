import { join } from 'node:path';
import { dbbackupImage } from './node/dbbackupImage.ts';
import { startProcessNode } from './node/startProcessNode.ts';
import { type OperatorProcess, startOperatorProcess } from './operatorProcess.ts';
import { type ControlPlane, startControlPlane } from './startControlPlane.ts';

/** The operator's ServiceAccount and all its rights, for the whole cluster. */
export const rightsFile = join(import.meta.dirname, '..', '..', 'operator', 'rbac', 'cluster.yaml');

const image = 'dbbackup:dev';
const account = { namespace: 'database-backup-system', name: 'database-backup-operator' };

/** A control plane and a node that runs our own pods as processes. */
export interface SandboxCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** Starts the operator under its ServiceAccount, once CRDs and `rightsFile` are applied; ended with the cluster. */
  startOperator(onLine: (line: string) => void): Promise<OperatorProcess>;
}

/** Where the node's files lie, which Google the pods talk to, and what gives up building the programs. */
export interface SandboxClusterOptions {
  directory: string;
  googleURL: string;
  signal?: AbortSignal;
}

/** Starts the control plane and the node; what the demo and the sandbox have in common. */
export async function startSandboxCluster(options: SandboxClusterOptions): Promise<SandboxCluster> {
  const { directory, googleURL, signal } = options;
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startControlPlane({ ...(signal && { signal }) }));
  const name = 'sandbox';
  const node = await startProcessNode({
    kubeconfig: await cluster.userKubeconfig(`system:node:${name}`, ['system:nodes']),
    name,
    root: join(directory, 'node'),
    images: { [image]: dbbackupImage({ DBBACKUP_GOOGLE_URL: googleURL }) },
  });
  stack.use(node);
  const owned = stack.move();
  return {
    cluster,
    async startOperator(onLine) {
      const kubeconfig = await cluster.serviceAccountKubeconfig(account.namespace, account.name);
      const args = ['--lease-namespace', account.namespace, '--identity', 'sandbox'];
      return owned.use(await startOperatorProcess({ kubeconfig, image, args, onLine }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
