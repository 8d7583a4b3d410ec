import type { KubernetesObject } from './kubernetesObject.ts';

/**
 * Negative where resource version `a` is older than `b`, positive where it is newer. Both are decimal numbers of any
 * length: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The object's resource version; `0`, older than all, where it has none. */
export function versionOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string {
  return metadata.resourceVersion ?? '0';
}
