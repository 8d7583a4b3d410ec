/** Our programs and the Go packages they are built from. */
export const goPackages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  helm: 'helm.sh/helm/v4/cmd/helm',
  cronOracle: './cronOracle',
} as const;

/** The name of a program, which is the name of its file. */
export type Program = keyof typeof goPackages;

/** What a control plane consists of, and kubectl. */
export const controlPlanePrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const satisfies Program[];

/** One of `controlPlanePrograms`. */
export type ControlPlaneProgram = (typeof controlPlanePrograms)[number];

/** `a, b and c`. */
export function inWords(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
}
