import { fieldValue, type MachineFacts, resourceValue } from './fieldValue.ts';
import type { DownwardFile, KeyProjection, Pod, ProjectionSource, Volume } from './pod.ts';
import type { PodSources, Values } from './podSources.ts';

/** Files of a volume by their path in it. */
export type VolumeFiles = ReadonlyMap<string, { readonly data: Buffer; readonly mode: number }>;

/**
 * The files of a secret, configMap, downwardAPI or projected volume; undefined for other volumes. Throws with the
 * kubelet's words where a Secret, a ConfigMap or a key is missing and not optional.
 */
export async function volumeFiles(
  pod: Pod,
  volume: Volume,
  sources: PodSources,
  machine: MachineFacts,
  signal: AbortSignal,
): Promise<VolumeFiles | undefined> {
  const { secret, configMap, downwardAPI, projected } = volume;
  const parts = secret
    ? [{ secret: { ...secret, name: secret.secretName } }]
    : configMap
      ? [{ configMap }]
      : downwardAPI
        ? [{ downwardAPI }]
        : projected?.sources;
  if (!parts && !projected) return undefined;
  // The API server sets the default, 0644.
  const mode = (secret ?? configMap ?? downwardAPI ?? projected)?.defaultMode ?? 0o644;
  const files = new Map<string, { data: Buffer; mode: number }>();
  for (const part of parts ?? []) {
    for (const [path, file] of await partFiles(pod, part, mode, sources, machine, signal))
      files.set(path, file);
  }
  return files;
}

async function partFiles(
  pod: Pod,
  { secret, configMap, downwardAPI, serviceAccountToken, ...others }: ProjectionSource,
  mode: number,
  sources: PodSources,
  machine: MachineFacts,
  signal: AbortSignal,
): Promise<VolumeFiles> {
  const { namespace } = pod.metadata;
  if (secret) {
    const values = await sources.secret(namespace, secret.name, signal);
    return keyFiles(
      values,
      secret,
      mode,
      `secret "${secret.name}" not found`,
      'references non-existent secret key',
    );
  }
  if (configMap) {
    const values = await sources.configMap(namespace, configMap.name, signal);
    const missing = `configmap "${configMap.name}" not found`;
    return keyFiles(values, configMap, mode, missing, 'configmap references non-existent config key');
  }
  if (downwardAPI) return downwardFiles(pod, downwardAPI.items ?? [], mode, machine);
  if (serviceAccountToken) {
    const data = await sources.token(pod, serviceAccountToken, signal);
    return new Map([[serviceAccountToken.path, { data, mode }]]);
  }
  throw new Error(`the process node has no projected ${Object.keys(others).join()}`);
}

function keyFiles(
  values: Values | undefined,
  { items = [], optional = false }: KeyProjection,
  mode: number,
  missingObject: string,
  missingKey: string,
): VolumeFiles {
  if (!values && !optional) throw new Error(missingObject);
  if (items.length === 0) return new Map([...(values ?? [])].map(([key, data]) => [key, { data, mode }]));
  const files = new Map<string, { data: Buffer; mode: number }>();
  for (const item of items) {
    const data = values?.get(item.key);
    if (data) files.set(item.path, { data, mode: item.mode ?? mode });
    else if (!optional) throw new Error(`${missingKey}: ${item.key}`);
  }
  return files;
}

function downwardFiles(
  pod: Pod,
  items: readonly DownwardFile[],
  mode: number,
  machine: MachineFacts,
): VolumeFiles {
  return new Map(
    items.map((item) => {
      const text = item.fieldRef
        ? fieldValue(pod, item.fieldRef.fieldPath, machine)
        : item.resourceFieldRef
          ? resourceValue(pod, item.resourceFieldRef, undefined, machine)
          : '';
      return [item.path, { data: Buffer.from(text), mode: item.mode ?? mode }];
    }),
  );
}
