import type { RestoredBackup, RestoreSpec } from '../../crds/databaseRestore.ts';
import { destinationDisks } from './backupPod.ts';
import type { Restore } from './kinds.ts';
import { ownLabels, type PodInput } from './podTemplate.ts';
import type { RunnerDefaults } from './runnerDefaults.ts';
import { restoreSecrets } from './secretVolumes.ts';

/** What the pod of a restore is made from. */
export interface RestorePodInput {
  readonly restore: Restore;
  readonly spec: RestoreSpec;
  /** The backup that it names; undefined where it names a folder. */
  readonly backup: RestoredBackup | undefined;
  readonly defaults: RunnerDefaults;
}

/** The pod of a restore. Of the backup that it names it gets what it needs, and no Secret of its database. */
export function restorePod({ restore, spec, backup, defaults }: RestorePodInput): PodInput {
  const { runner, ...rest } = spec;
  const { apiVersion, kind, metadata } = restore;
  const { name, namespace, uid } = metadata;
  const { runner: usual, ...source } = backup?.spec ?? {};
  const order = {
    ...{ apiVersion, kind, metadata: { name, namespace, uid }, spec: rest },
    ...(backup && { backup: { metadata: backup.metadata, spec: source } }),
  };
  const place = backup?.spec.destination ?? spec.source ?? {};
  return {
    ...{ purpose: 'restore', runner: runner ?? usual, defaults },
    labels: ownLabels(restore, 'restore'),
    variables: [{ name: 'DBBACKUP_RESOURCE', value: JSON.stringify(order) }],
    secrets: [
      ...restoreSecrets(spec.target, place),
      ...(spec.identitySecretRef ? [spec.identitySecretRef] : []),
    ],
    disks: destinationDisks(place),
  };
}
