import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findOnPath } from '../postgres/findProgram.ts';
import { removeStaleDirectories, writeOwner } from '../processes/staleDirectories.ts';
import { startWatchdog } from '../processes/watchdog.ts';
import { type ClusterAccess, clusterAccess } from './access.ts';
import { kubernetesBinaries } from './binaries.ts';
import { type Component, component } from './component.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags, etcdSocket, schedulerFlags } from './flags.ts';
import { type ControlPlaneKeys, controlPlaneKeys } from './keys.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { ControlPlaneProgram } from './programs.ts';
import { serverPort } from './serverPort.ts';
import { KubernetesUnavailable } from './unavailable.ts';

/** What can be chosen of a control plane; everything has a default. */
export interface ControlPlaneOptions {
  /** An address of this machine that pods and nodes outside of it reach; left out: 127.0.0.1 alone is served. */
  advertise?: string;
  /** Flags after our own, which they overrule, as `--node-monitor-grace-period=10s`. */
  flags?: { etcd?: string[]; apiServer?: string[]; controllerManager?: string[]; scheduler?: string[] };
  /** Gives up building the programs. */
  signal?: AbortSignal;
}

/** A control plane of our own. It ends with this process at the latest, however that ends. */
export interface ControlPlane extends ClusterAccess, AsyncDisposable {
  readonly etcd: Component;
  readonly apiServer: Component;
  readonly controllerManager: Component;
  readonly scheduler: Component;
  /** Ends all of it and removes its data. */
  stop(): Promise<void>;
}

const directoryPrefix = 'dbbackup-kubernetes-';

/** Starts etcd, the API server, the controllers and the scheduler: no node, no root. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  if (!findOnPath('openssl')) {
    throw new KubernetesUnavailable('openssl is not installed: apt-get install openssl.');
  }
  const binaries = await kubernetesBinaries({ signal: options.signal });
  removeStaleDirectories(tmpdir(), directoryPrefix);
  const directory = await mkdtemp(join(tmpdir(), directoryPrefix));
  writeOwner(directory);
  const watchdog = startWatchdog(directory, 'SIGKILL');
  const components: Component[] = [];
  const stop = async () => {
    await Promise.all(components.map((each) => each.stop('SIGKILL')));
    watchdog.release();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const start: StartComponent = async (name, args, isReady) => {
    const program = binaries[name];
    const started = component({ name, program, args, directory, watchdog, isReady });
    components.push(started);
    await started.start();
    return started;
  };
  try {
    const parts = await startParts(directory, binaries.kubectl, start, options);
    return { ...parts, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Parts = Omit<ControlPlane, 'stop' | typeof Symbol.asyncDispose>;
type StartComponent = (
  name: ControlPlaneProgram,
  args: string[],
  isReady: () => Promise<boolean>,
) => Promise<Component>;

async function startParts(
  directory: string,
  kubectl: string,
  start: StartComponent,
  { advertise, flags = {} }: ControlPlaneOptions,
): Promise<Parts> {
  const [keys, etcd] = await Promise.all([
    controlPlaneKeys(directory, advertise),
    start('etcd', [...etcdFlags(directory), ...(flags.etcd ?? [])], () => accepts(etcdSocket(directory))),
  ]);
  const startApiServer = async () => {
    const port = await serverPort();
    const serverURL = `https://127.0.0.1:${port}`;
    await writeKubeconfigs(directory, serverURL, keys);
    const access = await clusterAccess({ directory, serverURL, kubectl });
    const args = [...apiServerFlags(directory, port, keys, advertise), ...(flags.apiServer ?? [])];
    const apiServer = await start('kube-apiserver', args, () => answersOK(access, '/readyz'));
    return { ...access, apiServer };
  };
  // Between our look for a free port and the server's bind somebody else may have taken it.
  const api = await startApiServer().catch((error: Error) => {
    if (!error.message.includes('address already in use')) throw error;
    return startApiServer();
  });
  const always = async () => true; // they serve nothing that could be asked
  const managerFlags = controllerManagerFlags(join(directory, 'controller-manager.kubeconfig'), keys);
  const [controllerManager, scheduler] = await Promise.all([
    start('kube-controller-manager', [...managerFlags, ...(flags.controllerManager ?? [])], always),
    start(
      'kube-scheduler',
      [...schedulerFlags(join(directory, 'scheduler.kubeconfig')), ...(flags.scheduler ?? [])],
      always,
    ),
  ]);
  await untilServiceAccount(api, controllerManager);
  return { ...api, etcd, controllerManager, scheduler };
}

async function writeKubeconfigs(directory: string, server: string, keys: ControlPlaneKeys): Promise<void> {
  const { authority, admin, controllerManager, scheduler } = keys;
  const users = { admin, 'controller-manager': controllerManager, scheduler };
  for (const [user, credentials] of Object.entries(users)) {
    const content = { server, ca: authority.ca, user, credentials };
    await writeKubeconfig(join(directory, `${user}.kubeconfig`), content);
  }
}

// The controllers work when they have made what every pod of a namespace needs.
async function untilServiceAccount(access: ClusterAccess, controllerManager: Component): Promise<void> {
  const paths = ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'];
  const areThere = async () => {
    const answers = await Promise.all(
      paths.map((path) => answersOK(access, `/api/v1/namespaces/default/${path}`)),
    );
    return answers.every(Boolean);
  };
  for (const deadline = Date.now() + 120_000; !(await areThere()); await delay(50)) {
    if (Date.now() < deadline) continue;
    const log = (await controllerManager.log()).slice(-2_000);
    throw new Error(`There is no service account \`default\` after 120 s. The controllers' log: ${log}`);
  }
}

async function answersOK(access: ClusterAccess, path: string): Promise<boolean> {
  return (await access.request('GET', path)).status === 200;
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const client = connect(socket, () => {
      client.destroy();
      done(true);
    });
    client.on('error', () => done(false));
  });
}
