import { createHash } from 'node:crypto';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';

/** Whose files a backup's are: the UID in a cluster, else a hash of namespace and name. */
export function ownerOf({ metadata }: Pick<DatabaseBackup, 'metadata'>): string {
  if (metadata.uid !== undefined) return metadata.uid;
  return createHash('sha256').update(`${metadata.namespace}/${metadata.name}`).digest('hex').slice(0, 32);
}
