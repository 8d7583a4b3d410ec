import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion, type DatabaseBackup, databaseBackup } from '../crds/databaseBackup.ts';

/** A backup of the bench's database with the rest of the spec as given. Its Secrets are `db` and, for Drive, `drive-oauth`. */
export function benchBackup(spec: Partial<BackupSpecInput>): DatabaseBackup {
  return databaseBackup.parse({
    apiVersion,
    kind: 'DatabaseBackup',
    metadata: { name: 'bench', namespace: 'bench' },
    spec: {
      database: { secretRef: { name: 'db' }, sslMode: 'disable', tables: { include: ['public.*'] } },
      timeoutSeconds: 7200,
      ...spec,
    },
  });
}
