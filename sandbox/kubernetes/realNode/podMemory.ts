import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupFolder, readCgroup } from './cgroups.ts';

/**
 * The most memory (bytes, page cache included) that a pod of the node has had since its start, by its cgroup below that of
 * the node; undefined where the pod has none, before its start and after its end.
 */
export async function podMemoryPeak(node: string, uid: string): Promise<number | undefined> {
  const top = cgroupFolder(node, 'memory');
  const found = (await readdir(top, { recursive: true, withFileTypes: true })).find(
    (entry) => entry.isDirectory() && entry.name === `pod${uid}`,
  );
  if (!found) return undefined;
  const path = join(node, found.parentPath.slice(top.length), found.name);
  const v1 = { controller: 'memory', file: 'memory.max_usage_in_bytes' };
  return readCgroup(path, 'memory.peak', v1).then(Number, () => undefined);
}
