import { join } from 'node:path';
import { findProgram } from '../../postgres/findProgram.ts';
import type { ProcessImage } from './processImage.ts';

const repository = join(import.meta.dirname, '../../..');

/** Our own image: `dbbackup` from this working tree, with the newest pg_dump of the machine. */
export function dbbackupImage(env: Readonly<Record<string, string>> = {}): ProcessImage {
  const pgDump = findProgram('pg_dump')?.path;
  return {
    entrypoint: [process.execPath, join(repository, 'cli', 'entry.ts')],
    env: { ...(pgDump !== undefined && { DBBACKUP_PG_DUMP: pgDump }), ...env },
    paths: {
      DBBACKUP_SECRETS: '/var/run/secrets/dbbackup.dev',
      DBBACKUP_TERMINATION_LOG: '/dev/termination-log',
      DBBACKUP_STAGING: '/tmp',
    },
    environment: withDestination,
  };
}

interface Place {
  directory?: { path: string };
}

// The folder of a directory destination stands inside the resource: of a backup, of a restore, or of the backup of a restore.
function withDestination(environment: Readonly<Record<string, string>>, path: (inside: string) => string) {
  const { DBBACKUP_RESOURCE: text } = environment;
  if (text === undefined) return environment;
  const resource = JSON.parse(text) as {
    spec: { destination?: Place; source?: Place };
    backup?: { spec: { destination: Place } };
  };
  const places = [resource.spec.destination, resource.spec.source, resource.backup?.spec.destination];
  for (const place of places) if (place?.directory) place.directory.path = path(place.directory.path);
  return { ...environment, DBBACKUP_RESOURCE: JSON.stringify(resource) };
}
