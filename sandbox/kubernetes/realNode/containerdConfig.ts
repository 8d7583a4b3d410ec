import { join } from 'node:path';
import { bridge } from './machineNetwork.ts';

/** The name of the image that holds a pod's namespaces open. */
export const pauseImage = 'registry.k8s.io/pause:3.10';

/** Where containerd listens. */
export function containerdSocket(directory: string): string {
  return join(directory, 'containerd.sock');
}

/** containerd's config.toml. `snapshotter` is `native` where the file system below takes no overlay. */
export function containerdConfig(directory: string, snapshotter: 'overlayfs' | 'native'): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${join(directory, 'containerd')}"
state = "${join('/run', 'containerd')}"
[grpc]
  address = "${containerdSocket(directory)}"
[${cri}]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE runc can't lower a score: "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  disable_apparmor = true
[${cri}.containerd]
  snapshotter = "${snapshotter}"
  default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
[${cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${join(directory, 'cni')}"
`;
}

/** The network of pods: a bridge, and addresses of one range. */
export function cniConfig(podRange: string): string {
  const plugin = {
    ...{ type: 'bridge', bridge, isGateway: true, hairpinMode: true },
    ipam: { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] },
  };
  return JSON.stringify({ cniVersion: '0.4.0', name: 'dbbackup', plugins: [plugin] });
}
