import { join } from 'node:path';
import type { ControlPlaneKeys } from './keys.ts';

const controllers = [
  ...['clusterrole-aggregation', 'cronjob', 'deployment', 'disruption', 'endpointslice', 'garbage-collector'],
  ...['job', 'namespace', 'node-lifecycle', 'pod-garbage-collector', 'replicaset', 'resourcequota'],
  ...['root-ca-certificate-publisher', 'serviceaccount', 'serviceaccount-token', 'taint-eviction'],
  'ttl-after-finished',
].map((name) => `${name}-controller`);

// The default of 20 requests a second makes a thousand Jobs a matter of minutes.
const clientRate = ['--kube-api-qps=200', '--kube-api-burst=400'];

/** The path of etcd's socket, in a directory that nobody else can enter: etcd has no other lock. */
export function etcdSocket(directory: string): string {
  return join(directory, 'etcd.sock');
}

/** Flags of etcd. */
export function etcdFlags(directory: string): string[] {
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=unix://${etcdSocket(directory)}`,
    '--advertise-client-urls=http://localhost:2379', // said to other members, and there is none
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** Flags of the API server; without `advertise` it serves this machine alone. */
export function apiServerFlags(
  directory: string,
  port: number,
  keys: ControlPlaneKeys,
  advertise: string | undefined,
): string[] {
  return [
    `--etcd-servers=unix://${etcdSocket(directory)}`,
    `--secure-port=${port}`,
    `--bind-address=${advertise === undefined ? '127.0.0.1' : '0.0.0.0'}`,
    // On 127.0.0.1 nothing can be behind the Service `kubernetes`.
    ...(advertise === undefined
      ? ['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none']
      : [`--advertise-address=${advertise}`]),
    `--cert-dir=${directory}`,
    `--tls-cert-file=${keys.server.certFile}`,
    `--tls-private-key-file=${keys.server.keyFile}`,
    `--client-ca-file=${keys.authority.caFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keys.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${keys.serviceAccountKey}`,
    '--authorization-mode=Node,RBAC',
    // The first is in kubeadm's clusters, the second in OpenShift.
    '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged',
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${keys.kubeletClient.certFile}`,
    `--kubelet-client-key=${keys.kubeletClient.keyFile}`,
    '--shutdown-watch-termination-grace-period=1s', // else SIGTERM waits a minute for those who watch
    '--profiling=false',
  ];
}

/** Flags of the controllers: those that Jobs, namespaces and service accounts need, not all. */
export function controllerManagerFlags(kubeconfig: string, keys: ControlPlaneKeys): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join()}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${keys.serviceAccountKey}`,
    `--root-ca-file=${keys.authority.caFile}`,
    ...clientRate,
    '--profiling=false',
  ];
}

/** Flags of the scheduler. */
export function schedulerFlags(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...clientRate,
    '--profiling=false',
  ];
}
