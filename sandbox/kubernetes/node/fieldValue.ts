import type { Container, Pod, ResourceFieldSelector } from './pod.ts';
import { quantity } from './quantity.ts';

/** What the downward API knows of the machine. */
export interface MachineFacts {
  readonly address: string;
  /** Stands in for limits that a container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The value of a `fieldRef`. Throws where the API has no such field. */
export function fieldValue(pod: Pod, path: string, machine: MachineFacts): string {
  const { metadata, spec } = pod;
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
    case 'status.podIP':
    case 'status.podIPs':
      return machine.address;
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** The value of a `resourceFieldRef`, rounded up to whole divisors. Throws where the API has no such resource. */
export function resourceValue(
  pod: Pod,
  selector: ResourceFieldSelector,
  container: Container | undefined,
  machine: MachineFacts,
): string {
  const { resource, divisor = '1' } = selector;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const owner = selector.containerName
    ? containers.find(({ name }) => name === selector.containerName)
    : container;
  if (!owner) throw new Error(`container ${selector.containerName} not found`);
  const [, list, name = ''] = /^(limits|requests)\.(cpu|memory|ephemeral-storage)$/.exec(resource) ?? [];
  if (list === undefined) throw new Error(`unsupported container resource : ${resource}`);
  const { limits = {}, requests = {} } = owner.resources ?? {};
  const value = list === 'limits' ? (limits[name] ?? machine.allocatable[name]) : requests[name];
  const units = quantity(divisor) || 1;
  return String(Math.ceil(quantity(value ?? '0') / units));
}

// As the kubelet's fieldpath.FormatMap does it: sorted, values quoted.
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}
