import type { SyncSpec } from '../../crds/sheetSync.ts';
import type { Sync } from './kinds.ts';
import { ownLabels, type PodInput } from './podTemplate.ts';
import type { PodOrder } from './scheduledKind.ts';
import { databaseSecrets, relaySecrets } from './secretVolumes.ts';

/** The pod of a run, a check or a notice of a sync. */
export function syncPod({ owner, spec, defaults, purpose, notice }: PodOrder<Sync, SyncSpec>): PodInput {
  const { runner, ...rest } = spec;
  const { apiVersion, kind, metadata } = owner;
  const { name, namespace, uid } = metadata;
  const resource = { apiVersion, kind, metadata: { name, namespace, uid }, spec: rest };
  return {
    ...{ purpose, runner, defaults },
    labels: ownLabels(owner, purpose),
    variables: [
      { name: 'DBBACKUP_RESOURCE', value: JSON.stringify(resource) },
      ...(notice ? [{ name: 'DBBACKUP_NOTICE', value: JSON.stringify(notice) }] : []),
    ],
    secrets: [
      ...(purpose === 'notify'
        ? []
        : [...databaseSecrets(spec.database), spec.spreadsheet.googleSheets.credentialsSecretRef]),
      ...relaySecrets(spec),
    ],
    disks: [],
  };
}
