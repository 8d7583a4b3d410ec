import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, type CertificateAuthority, certificateAuthority } from '../certificates.ts';

/** All keys of a control plane. */
export interface ControlPlaneKeys {
  authority: CertificateAuthority;
  server: Certificate;
  /** Clients: the administrator, the controllers, the scheduler, and the API server towards kubelets. */
  admin: Certificate;
  controllerManager: Certificate;
  scheduler: Certificate;
  kubeletClient: Certificate;
  /** Files with the pair that service accounts' tokens are signed by. */
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
}

/** Makes the keys in `directory`/pki; the server's certificate holds for this machine and `address`. */
export async function controlPlaneKeys(directory: string, address?: string): Promise<ControlPlaneKeys> {
  const pki = join(directory, 'pki');
  await mkdir(pki, { mode: 0o700 });
  const authority = await certificateAuthority(pki);
  const names = [
    'localhost',
    '127.0.0.1',
    '10.96.0.1',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
  ];
  const [server, admin, controllerManager, scheduler, kubeletClient] = await Promise.all([
    authority.issue('kube-apiserver', address === undefined ? names : [...names, address]),
    authority.issue('admin', [], ['system:masters']),
    authority.issue('system:kube-controller-manager'),
    authority.issue('system:kube-scheduler'),
    authority.issue('kube-apiserver-kubelet-client', [], ['system:masters']),
  ]);
  const serviceAccountKey = join(pki, 'service-accounts.key');
  const serviceAccountPublicKey = join(pki, 'service-accounts.pub');
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(serviceAccountKey, privateKey, { mode: 0o600 });
  await writeFile(serviceAccountPublicKey, publicKey);
  return {
    ...{ authority, server, admin, controllerManager, scheduler, kubeletClient },
    ...{ serviceAccountKey, serviceAccountPublicKey },
  };
}
