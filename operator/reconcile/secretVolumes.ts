import type { BackupSpec } from '../../crds/backupSpec.ts';
import type { DatabaseSpec } from '../../crds/databaseSpec.ts';
import type { DestinationSpec } from '../../crds/destinationSpec.ts';

/** Where the Secrets are mounted, each in a folder of its name: DBBACKUP_SECRETS of the runner. */
export const secretsDirectory = '/var/run/secrets/dbbackup.dev';

/** A Secret that a pod needs, or one key of it. */
export interface WantedSecret {
  readonly name: string;
  /** Left out: the whole Secret. */
  readonly key?: string | undefined;
}

/** The Secrets that the spec of a backup refers to; `mailOnly` leaves out what a notify Job does not need. */
export function backupSecrets(spec: BackupSpec, mailOnly: boolean): WantedSecret[] {
  if (mailOnly) return relaySecrets(spec);
  const { database, destination, encryption } = spec;
  const files = [destination.googleDrive?.credentialsSecretRef, encryption?.recipientsSecretRef];
  return [...databaseSecrets(database), ...wantedOf(files), ...relaySecrets(spec)];
}

/** The Secrets that tell how to connect to a server. */
export function databaseSecrets(database: Omit<DatabaseSpec, 'tables'>): WantedSecret[] {
  return wantedOf([database.secretRef, database.caSecretRef, database.clientCertSecretRef]);
}

/** The Secrets of the mail relay. */
export function relaySecrets({ notification }: Pick<BackupSpec, 'notification'>): WantedSecret[] {
  const smtp = notification?.email?.smtp;
  return wantedOf([smtp?.caSecretRef, smtp?.credentialsSecretRef]);
}

const wantedOf = (secrets: readonly (WantedSecret | undefined)[]) =>
  secrets.filter((wanted) => wanted !== undefined);

/** The Secrets that a drill needs: of the destination, and of the server that the set is restored into. */
export function drillSecrets({ destination, drill }: BackupSpec): WantedSecret[] {
  const secrets = restoreSecrets(drill?.target, destination);
  return drill?.identitySecretRef === undefined ? secrets : [...secrets, drill.identitySecretRef];
}

/** The Secrets that a restore needs: of the server that the set goes into, and of the folder where it lies. */
export function restoreSecrets(
  target: Omit<DatabaseSpec, 'tables'> | undefined,
  { googleDrive }: Pick<DestinationSpec, 'googleDrive'>,
): WantedSecret[] {
  return [...databaseSecrets(target ?? {}), ...wantedOf([googleDrive?.credentialsSecretRef])];
}

/**
 * Volumes and mounts of Secrets, one for each Secret. Those whose layout is not known beforehand are
 * mounted whole, the others by their keys. All are optional, so that the runner itself names what is missing.
 * Readable for everybody in the pod, whatever user it runs as.
 */
export function secretVolumes(wanted: readonly WantedSecret[]) {
  const keysOf = new Map<string, Set<string> | 'whole'>();
  for (const { name, key } of wanted) {
    const keys = keysOf.get(name) ?? new Set<string>();
    if (key === undefined || keys === 'whole') keysOf.set(name, 'whole');
    else keysOf.set(name, keys.add(key));
  }
  const secrets = [...keysOf].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    volumes: secrets.map(([secretName, keys], index) => ({
      name: `secret-${index}`,
      secret: {
        secretName,
        optional: true,
        defaultMode: 0o444,
        ...(keys === 'whole' ? {} : { items: [...keys].sort().map((key) => ({ key, path: key })) }),
      },
    })),
    mounts: secrets.map(([name], index) => ({
      name: `secret-${index}`,
      mountPath: `${secretsDirectory}/${name}`,
      readOnly: true,
    })),
  };
}
