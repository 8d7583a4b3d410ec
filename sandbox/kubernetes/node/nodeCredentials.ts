import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeletKeys } from './kubeletServer.ts';

/** The node's own certificate, for its server too: who comes from the API server does not check it unless told to. */
export function kubeletKeys(config: KubeConfig): KubeletKeys {
  const { certData, keyData } = config.getCurrentUser() ?? {};
  const { caData } = config.getCurrentCluster() ?? {};
  if (!certData || !keyData || !caData)
    throw new Error('The kubeconfig holds no client certificate or no CA.');
  const [cert = '', key = '', ca = ''] = [certData, keyData, caData].map((data) =>
    Buffer.from(data, 'base64').toString(),
  );
  return { cert, key, ca };
}

/** Where a pod finds the API server; in a cluster this is the Service `kubernetes`. */
export function serviceVariables(config: KubeConfig): Record<string, string> {
  const { hostname, port } = new URL(config.getCurrentCluster()?.server ?? '');
  const number = port || '443';
  return {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: number,
    KUBERNETES_SERVICE_PORT_HTTPS: number,
  };
}
