import type { Pod, Volume } from './pod.ts';

const volumeKinds = ['emptyDir', 'secret', 'configMap', 'downwardAPI', 'projected', 'persistentVolumeClaim'];

/** Why the node can't run a pod at all; undefined where it can. */
export function refusal({ spec }: Pod): string | undefined {
  for (const volume of spec.volumes ?? []) {
    const kind = Object.keys(volume as Volume & object).find((key) => key !== 'name');
    if (kind && !volumeKinds.includes(kind))
      return `volume ${volume.name}: the process node has no ${kind} volumes`;
  }
  for (const { name, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy) return `init container ${name}: the process node has no sidecar containers`;
  }
  for (const { name, volumeMounts = [] } of [...(spec.initContainers ?? []), ...spec.containers]) {
    const mount = volumeMounts.find(({ subPathExpr }) => subPathExpr);
    if (mount) return `container ${name}: the process node has no subPathExpr`;
  }
  return undefined;
}

/** What of a pod the node leaves out; undefined where it is nothing that matters. */
export function omission({ spec }: Pod): string | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const parts = [
    all.some(
      ({ livenessProbe, startupProbe, readinessProbe }) => livenessProbe ?? startupProbe ?? readinessProbe,
    ) && 'probes (a running container is ready)',
    all.some(({ lifecycle }) => lifecycle) && 'lifecycle hooks',
  ].filter((part) => part !== false);
  return parts.length === 0 ? undefined : `The process node does not run ${parts.join(' and ')}`;
}
