/** There can be no Kubernetes on this machine; the message says what to install. */
export class KubernetesUnavailable extends Error {
  override readonly name = 'KubernetesUnavailable';
}
