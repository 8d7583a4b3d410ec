import {
  databaseRestore,
  type RestoredBackup,
  type RestoreSpec,
  restoredBackup,
} from '../../crds/databaseRestore.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { parseResource } from '../../crds/parseResource.ts';
import type { Backup, Restore } from './kinds.ts';

/** The spec with its defaults and what it takes from its backup, or what is wrong in one sentence. */
export type ParsedRestore =
  | {
      readonly spec: RestoreSpec;
      /** Undefined where it names none, or where there is none of the name. */
      readonly backup: RestoredBackup | undefined;
      readonly problem?: undefined;
    }
  | { readonly spec?: undefined; readonly backup?: undefined; readonly problem: string };

/** Reads a restore and, where it is there, the backup that it names. What the API server's schema let through is looked at once more. */
export function parseRestore(restore: Restore, backup: Backup | undefined): ParsedRestore {
  const { apiVersion, kind, metadata, spec } = restore;
  try {
    const parsed = parseResource(databaseRestore, {
      ...{ kind, where: () => 'DatabaseRestore' },
      value: { apiVersion, kind, metadata: names(metadata), spec },
    });
    return { spec: parsed.spec, backup: backup && parsedBackup(backup) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { problem: error.message };
  }
}

function parsedBackup({ kind, metadata, spec }: Backup): RestoredBackup {
  const { database, destination, runner } = spec;
  return parseResource(restoredBackup, {
    ...{ kind, where: () => `${kind} ${metadata.name}` },
    value: { metadata: names(metadata), spec: { database, destination, runner } },
  });
}

function names({ name, namespace, uid }: Restore['metadata']) {
  return { name, namespace, uid };
}
