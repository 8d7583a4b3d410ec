import type { Resource } from './kubernetesObject.ts';

/** The address of a resource, or of one object of it, below the API server's own. */
export function resourcePath(
  { apiVersion, plural }: Resource,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const parts = namespace === undefined || namespace === '' ? [] : ['namespaces', namespace];
  parts.push(plural);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `${group}/${parts.map(encodeURIComponent).join('/')}`;
}
