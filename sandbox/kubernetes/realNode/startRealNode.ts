import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterAccess } from '../access.ts';
import { kubernetesBinaries } from '../binaries.ts';
import { type Component, component } from '../component.ts';
import { cniConfig, containerdConfig, containerdSocket, pauseImage } from './containerdConfig.ts';
import type { Machine } from './machine.ts';
import { kubeletConfig, kubeletFlags, kubeProxyFlags } from './nodeFlags.ts';

/** A node with real containers. It ends with its machine. */
export interface RealNode {
  readonly name: string;
  readonly containerd: Component;
  readonly kubelet: Component;
  readonly kubeProxy: Component;
  /** Makes images known: the path of an archive as `docker save` writes it. */
  importImages(archive: string): Promise<void>;
}

/** Which machine joins which cluster, as what; `archives` hold the images it begins with, that of `pause` among them. */
export interface RealNodeOptions {
  name: string;
  machine: Machine;
  cluster: ClusterAccess;
  archives: readonly string[];
}

/** Starts containerd, the kubelet and kube-proxy, and waits until the node is Ready. */
export async function startRealNode(options: RealNodeOptions): Promise<RealNode> {
  const { name, machine, cluster, archives } = options;
  const { directory, watchdog } = machine;
  const programs = await kubernetesBinaries({ programs: ['kubelet', 'kube-proxy'] });
  const apiServer = serverFor(machine, cluster);
  const [kubelet, kubeProxy] = await Promise.all([
    cluster.userKubeconfig(`system:node:${name}`, ['system:nodes'], { server: apiServer }),
    cluster.userKubeconfig('system:kube-proxy', [], { server: apiServer }),
  ]);
  await mkdir(join(directory, 'cni'));
  await writeFile(join(directory, 'cni', 'dbbackup.conflist'), cniConfig(machine.network.podRange));
  await writeFile(
    join(directory, 'containerd.toml'),
    containerdConfig(directory, await snapshotter(machine)),
  );
  await writeFile(join(directory, 'kubelet.yaml'), kubeletConfig(machine, cluster.caFile));

  const server = (label: string, program: string, args: string[], isReady = async () => true) => {
    const [command, ...all] = machine.inside(program, ...args);
    return component({ name: label, program: command, args: all, directory, watchdog, isReady });
  };
  const ctr = (...args: string[]) =>
    machine.run('ctr', '--address', containerdSocket(directory), '--namespace', 'k8s.io', ...args);
  const containerdServer = server(
    'containerd',
    'containerd',
    ['--config', join(directory, 'containerd.toml')],
    () => ctr('version').then(() => true),
  );
  await containerdServer.start();
  const importImages = async (archive: string) => void (await ctr('images', 'import', archive));
  await Promise.all(archives.map(importImages));
  await ctr('images', 'label', pauseImage, 'io.cri-containerd.pinned=pinned');
  const isNodeReady = () => isReady(cluster, name);
  const node: RealNode = {
    name,
    containerd: containerdServer,
    kubelet: server('kubelet', programs.kubelet, kubeletFlags(name, machine, kubelet), isNodeReady),
    kubeProxy: server('kube-proxy', programs['kube-proxy'], kubeProxyFlags(name, machine, kubeProxy)),
    importImages,
  };
  await Promise.all([node.kubelet.start(), node.kubeProxy.start()]);
  await untilServiceReached(machine);
  return node;
}

// 127.0.0.1 is another place on the machine.
function serverFor({ network }: Machine, { serverURL }: ClusterAccess): string {
  return `https://${network.hostAddress}:${new URL(serverURL).port}`;
}

async function snapshotter({ directory }: Machine): Promise<'overlayfs' | 'native'> {
  const overlay = 0x794c7630;
  return (await statfs(directory)).type === overlay ? 'native' : 'overlayfs';
}

async function isReady(cluster: ClusterAccess, name: string): Promise<boolean> {
  const { status, body } = await cluster.request('GET', `/api/v1/nodes/${name}`);
  if (status !== 200) return false;
  const node = JSON.parse(body) as NodeObject;
  return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

interface NodeObject {
  status: { conditions: { type: string; status: string }[] };
}

// kube-proxy has written its rules when the API server's Service is among them.
async function untilServiceReached(machine: Machine): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await delay(100)) {
    const rules = await machine.run('iptables-save', '-t', 'nat');
    if (rules.includes('-d 10.96.0.1/32')) return;
    if (Date.now() > deadline) throw new Error(`kube-proxy has written no rules in 60 s: ${rules}`);
  }
}
