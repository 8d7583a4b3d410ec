import { credentialsSecretRef, type ResourceYamlOptions, resourceYaml, secretsYaml } from './resourceYaml.ts';

/** What the YAML of a backup is about. */
export interface BackupYamlOptions extends ResourceYamlOptions {
  google: { folderID: string; credentials: object };
}

/**
 * A DatabaseBackup that fits the sandbox and the Secrets it names, as one YAML text:
 * `dbbackup run -f` takes it as it is, and so does kubectl.
 */
export function backupYaml(options: BackupYamlOptions): string {
  const { secrets, backup } = backupDocuments(options);
  // In this order: the operator's first check comes within a second of the backup, and should find them.
  return [secrets, backup].join('---\n');
}

/** The Secrets and the DatabaseBackup, each a YAML text of its own. */
export function backupDocuments(options: BackupYamlOptions): { secrets: string; backup: string } {
  const { folderID } = options.google;
  const backup = resourceYaml('DatabaseBackup', options, {
    schedule: '0 2 * * *',
    formats: ['csv', 'xlsx', 'json', 'sql'],
    destination: { googleDrive: { folderID, credentialsSecretRef } },
    retention: { maxCount: 5 },
  });
  return { secrets: secretsYaml(options), backup };
}
