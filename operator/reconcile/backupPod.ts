import type { BackupSpec } from '../../crds/backupSpec.ts';
import { apiVersion } from '../../crds/databaseBackup.ts';
import type { Backup, Purpose } from './kinds.ts';
import { type Disk, ownLabels, type PodInput } from './podTemplate.ts';
import { postgresSidecar } from './postgresSidecar.ts';
import type { PodOrder } from './scheduledKind.ts';
import { backupSecrets, drillSecrets, type WantedSecret } from './secretVolumes.ts';

/** The pod of a run, a check, a notice or a drill. */
export function backupPod({
  owner: backup,
  spec,
  defaults,
  purpose,
  notice,
}: PodOrder<Backup, BackupSpec>): PodInput {
  // What a run does not read is no reason to apply its CronJob anew.
  const { runner, drill, ...rest } = spec;
  const { name, namespace, uid } = backup.metadata;
  const resource = {
    apiVersion,
    kind: 'DatabaseBackup',
    metadata: { name, namespace, uid },
    spec: purpose === 'drill' || purpose === 'check' ? { ...rest, drill } : rest,
  };
  const isNotice = purpose === 'notify';
  return {
    ...{ purpose, runner, defaults },
    labels: ownLabels(backup, purpose),
    variables: [
      { name: 'DBBACKUP_RESOURCE', value: JSON.stringify(resource) },
      ...(notice ? [{ name: 'DBBACKUP_NOTICE', value: JSON.stringify(notice) }] : []),
      ...(spec.staging ? [{ name: 'DBBACKUP_STAGING', value: stagingDirectory }] : []),
    ],
    secrets: secretsOf(spec, purpose),
    disks: isNotice ? [] : [...destinationDisks(spec.destination), ...stagingDisks(spec, purpose)],
    ...(purpose === 'drill' && drill?.ephemeral ? { sidecar: postgresSidecar(drill.ephemeral) } : {}),
  };
}

function secretsOf(spec: BackupSpec, purpose: Purpose): WantedSecret[] {
  if (purpose === 'drill') return drillSecrets(spec);
  const secrets = backupSecrets(spec, purpose === 'notify');
  return purpose === 'check' && spec.drill ? [...secrets, ...drillSecrets(spec)] : secrets;
}

/** The folder of a destination, where it lies on a claim. */
export function destinationDisks({ directory }: BackupSpec['destination']): Disk[] {
  if (directory?.claimName === undefined) return [];
  const volume = { persistentVolumeClaim: { claimName: directory.claimName } };
  return [{ name: 'destination', mountPath: directory.path, volume }];
}

const stagingDirectory = '/staging';

/** The disk for staging. A check stages nothing. */
function stagingDisks({ staging }: BackupSpec, purpose: Purpose): Disk[] {
  if (staging === undefined || purpose !== 'run') return [];
  const volume =
    staging.claimName === undefined
      ? { emptyDir: { sizeLimit: staging.sizeLimit } }
      : { persistentVolumeClaim: { claimName: staging.claimName } };
  return [{ name: 'staging', mountPath: stagingDirectory, volume }];
}
