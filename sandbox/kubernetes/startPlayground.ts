import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOwnFile } from '../ownFile.ts';
import { applyCrds } from './applyCrds.ts';
import { rightsFile, type SandboxClusterOptions, startSandboxCluster } from './sandboxCluster.ts';

/** A cluster in which the operator runs, and what a person needs to play with it. */
export interface Playground extends AsyncDisposable {
  readonly serverURL: string;
  /** The administrator's; its context is in `namespace`. */
  readonly kubeconfig: string;
  /** A folder for PATH with kubectl in it. */
  readonly bin: string;
  readonly namespace: string;
  /** The operator's log, JSON lines. Stays when all else is gone. */
  readonly log: string;
  /** Root of /metrics, and of /healthz and /readyz. */
  readonly metricsURL: string;
  readonly healthURL: string;
}

/** Where kubeconfig, kubectl and log are put (`folder`), and the namespace for backups. */
export interface PlaygroundOptions extends SandboxClusterOptions {
  folder: string;
  namespace: string;
}

/** Starts a cluster with CRDs, rights, an empty namespace and the operator. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { folder, namespace } = options;
  await using stack = new AsyncDisposableStack();
  const { cluster, startOperator } = stack.use(await startSandboxCluster(options));
  await applyCrds(cluster);
  await cluster.kubectl(['apply', '-f', rightsFile]);
  await cluster.kubectl(['create', 'namespace', namespace]);
  const log = join(folder, 'operator.log');
  const stream = createWriteStream(log, { mode: 0o600 });
  const operator = await startOperator((line) => void stream.write(`${line}\n`));
  const kubeconfig = await cluster.userKubeconfig('admin', ['system:masters'], { namespace });
  const file = await writeOwnFile(join(folder, 'kubeconfig'), await readFile(kubeconfig, 'utf8'));
  stack.use(file);
  const bin = join(folder, 'bin');
  await linkProgram(bin, 'kubectl', cluster.address.kubectl);
  const owned = stack.move();
  return {
    ...{ serverURL: cluster.serverURL, kubeconfig: file.path, bin, namespace, log },
    ...{ metricsURL: operator.metricsURL, healthURL: operator.healthURL },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function linkProgram(folder: string, name: string, program: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const link = join(folder, name);
  await rm(link, { force: true });
  await symlink(program, link);
}
