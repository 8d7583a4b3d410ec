import { availableParallelism, hostname, release, totalmem } from 'node:os';
import type {
  KubernetesObject,
  ObjectMeta,
  Resource,
} from '../../../operator/controller/kubernetesObject.ts';
import { timestamp } from './podRun.ts';

export const nodes: Resource = { apiVersion: 'v1', kind: 'Node', plural: 'nodes' };

export interface NodeObject extends KubernetesObject {
  readonly metadata: ObjectMeta;
  readonly spec?: { readonly taints?: readonly Taint[] };
  readonly status?: NodeStatus;
}

interface NodeStatus {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly conditions: readonly NodeCondition[];
  readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  readonly nodeInfo: object;
}

interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
}

/** What a node has for its pods. The scheduler counts requests against it; nothing else holds pods to it. */
export interface NodeCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

/** The machine as it is. */
export function machineCapacity(): NodeCapacity {
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: '110',
  };
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule';
}

export interface NodeFacts {
  readonly name: string;
  readonly address: string;
  readonly capacity: NodeCapacity;
  readonly kubeletPort: number;
  readonly kubeletVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

const os = 'linux';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64' };
const architecture = architectures[process.arch] ?? process.arch;

/** The node as it registers itself. */
export function nodeObject({ name, labels, taints }: NodeFacts): NodeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Node' },
    metadata: {
      name,
      labels: {
        ...labels,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': os,
        'kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': os,
        'beta.kubernetes.io/arch': architecture,
      },
    },
    spec: { taints },
  };
}

/** The status that a healthy node reports at `now`; times of conditions that have not changed are those of `before`. */
export function nodeStatus(facts: NodeFacts, before: NodeObject, now: Date): NodeStatus {
  const { name, address, kubeletPort, kubeletVersion } = facts;
  const capacity = { ...facts.capacity, 'ephemeral-storage': '100Gi' };
  const conditions = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'the process node is posting ready status'],
  ] as const;
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: conditions.map(([type, status, reason, message]) => {
      const old = before.status?.conditions?.find((condition) => condition.type === type);
      const since = old?.status === status ? old.lastTransitionTime : timestamp(now);
      return { type, status, reason, message, lastHeartbeatTime: timestamp(now), lastTransitionTime: since };
    }),
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    nodeInfo: {
      machineID: hostname(),
      systemUUID: hostname(),
      bootID: hostname(),
      kernelVersion: release(),
      osImage: 'process node of the database-backup-operator sandbox',
      containerRuntimeVersion: 'process://1.0.0',
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: os,
      architecture,
    },
  };
}
