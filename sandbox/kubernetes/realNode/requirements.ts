import { existsSync } from 'node:fs';
import { findOnPath } from '../../postgres/findProgram.ts';
import { KubernetesUnavailable } from '../unavailable.ts';

// Debian's packages and a file or a program of each.
const packages = {
  containerd: 'containerd',
  runc: 'runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iptables: 'iptables',
  conntrack: 'conntrack',
  iproute2: 'ip',
  'util-linux': 'nsenter',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
} as const;

/** Throws KubernetesUnavailable with all that this machine lacks for a real node, in one line. */
export function requireRealNode(): void {
  const lacking: string[] = [];
  if (process.platform !== 'linux') lacking.push('Linux');
  if (process.getuid?.() !== 0) lacking.push('root (sudo)');
  const missing = Object.entries(packages)
    .filter(([, found]) => !(found.startsWith('/') ? existsSync(found) : program(found)))
    .map(([name]) => name);
  if (missing.length > 0) lacking.push(`apt-get install --no-install-recommends ${missing.join(' ')}`);
  if (lacking.length > 0) throw new KubernetesUnavailable(`A real node needs ${lacking.join(', and ')}.`);
}

/** The path of a program of the system; `sbin` is looked at too, which is not on everybody's PATH. */
export function program(name: string): string | undefined {
  return (
    findOnPath(name) ??
    ['/usr/sbin', '/sbin'].map((folder) => `${folder}/${name}`).find((path) => existsSync(path))
  );
}
