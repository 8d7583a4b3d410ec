import { lstat, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Container, Pod, Volume } from './pod.ts';
import type { VolumeFiles } from './volumeFiles.ts';
import { makeDirectory, writeVolume } from './writeVolume.ts';

/** A pod's part of the disk: `<root>/pods/<uid>`, for the node's user alone. */
export interface PodFolder {
  /** Makes or renews a volume; `files` are those of volumes that have any. */
  setUp(volume: Volume, files: VolumeFiles | undefined): Promise<void>;
  /** Makes what the container takes for `/`: each mount is a link to its volume. */
  makeContainerRoot(container: Container): Promise<void>;
  /** Where on this machine the container's `path` lies. */
  path(container: Container, path: string): string;
  remove(): Promise<void>;
}

/** The folder of a pod below `root`; nothing is made yet. Claims outlive their pods: `<root>/claims/<namespace>/<name>`. */
export function podFolder(root: string, pod: Pod): PodFolder {
  const folder = join(root, 'pods', pod.metadata.uid);
  const claims = join(root, 'claims', pod.metadata.namespace);
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const volumeDirectory = ({ name, persistentVolumeClaim: claim }: Volume) =>
    claim ? join(claims, claim.claimName) : join(folder, 'volumes', name);
  const path = ({ name }: Container, inside: string) =>
    join(folder, 'containers', name, normalize(join('/', inside)));

  return {
    path,
    async setUp(volume, files) {
      await makeDirectory(folder, 0o700);
      const directory = volumeDirectory(volume);
      // As the kubelet makes an emptyDir: whichever user the image has may write.
      await makeDirectory(directory, 0o777);
      if (files) await writeVolume(directory, files);
    },
    async makeContainerRoot(container) {
      await makeDirectory(folder, 0o700);
      const mounts = [...(container.volumeMounts ?? [])].sort(
        (a, b) => a.mountPath.length - b.mountPath.length,
      );
      for (const { name, mountPath, subPath = '' } of mounts) {
        const volume = volumes.get(name);
        if (!volume) throw new Error(`volume ${name} not found`);
        const target = join(volumeDirectory(volume), normalize(join('/', subPath)));
        const link = path(container, mountPath);
        await mkdir(dirname(link), { recursive: true });
        if (subPath && !(await exists(target))) await mkdir(target, { recursive: true });
        await rm(link, { recursive: true, force: true });
        await symlink(target, link);
      }
      for (const directory of ['/tmp', '/dev']) await mkdir(path(container, directory), { recursive: true });
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
