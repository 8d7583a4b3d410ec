import { join } from 'node:path';
import { stringify } from 'yaml';
import { containerdSocket } from './containerdConfig.ts';
import type { Machine } from './machine.ts';

/** The kubelet's configuration: as on a small server, but that nothing of ours is thrown away for want of space. */
export function kubeletConfig({ directory, cgroup, network }: Machine, caFile: string): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${containerdSocket(directory)}`,
    address: network.address,
    podLogsDir: join(directory, 'logs'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: caFile },
    },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    evictionHard: { 'memory.available': '20Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100, // no registry has them
    resolvConf: '',
    // A Secret that has changed is in the pods within seconds.
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
    shutdownGracePeriod: '0s',
  });
}

/** Flags of the kubelet. */
export function kubeletFlags(name: string, { directory, network }: Machine, kubeconfig: string): string[] {
  return [
    `--config=${join(directory, 'kubelet.yaml')}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    `--node-ip=${network.address}`,
    `--root-dir=${join(directory, 'kubelet')}`,
    `--cert-dir=${join(directory, 'kubelet-pki')}`,
  ];
}

/** Flags of kube-proxy. */
export function kubeProxyFlags(name: string, { network }: Machine, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${network.podRange}`,
    // Without it the answers of a pod behind a Service pass the bridge and not the rules.
    '--masquerade-all',
    // Limits of the whole host, not of the machine.
    ...['--conntrack-max-per-core=0', '--conntrack-tcp-timeout-established=0'],
    '--conntrack-tcp-timeout-close-wait=0',
  ];
}
