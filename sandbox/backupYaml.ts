import { stringify } from 'yaml';
import { databaseName } from './postgres/access.ts';

/** What the YAML is about: addresses as the sandbox gives them, and what differs from the ordinary backup. */
export interface BackupYamlOptions {
  postgres: { uri: string };
  google: { folderID: string; credentials: object };
  /** Left out: no notification. */
  smtp?: { host: string; port: number };
  name?: string;
  namespace?: string;
  /** Fields of the spec that replace those of the ordinary one, whole. */
  spec?: Record<string, unknown>;
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
  const { postgres, google, smtp, name = 'shop', namespace = 'shop' } = options;
  const { hostname, port, username, password } = new URL(postgres.uri);
  const resource = (kind: string, apiVersion: string, ofName: string, rest: object) =>
    // As YAML 1.1, which kubectl reads: there a bare Off is false.
    stringify({ apiVersion, kind, metadata: { name: ofName, namespace }, ...rest }, { version: '1.1' });
  const backup = resource('DatabaseBackup', 'dbbackup.dev/v1alpha1', name, {
    spec: {
      schedule: '0 2 * * *',
      database: { secretRef: { name: `${name}-db` } },
      formats: ['csv', 'xlsx', 'json', 'sql'],
      destination: {
        googleDrive: {
          folderID: google.folderID,
          credentialsSecretRef: { name: 'drive-oauth', key: 'token.json' },
        },
      },
      retention: { maxCount: 5 },
      ...(smtp && {
        notification: {
          email: {
            to: ['ops@example.com'],
            from: 'backup@example.com',
            smtp: { host: smtp.host, port: smtp.port, tls: 'Off' },
          },
        },
      }),
      ...options.spec,
    },
  });
  const database = resource('Secret', 'v1', `${name}-db`, {
    stringData: {
      host: decodeURIComponent(hostname),
      port: port || '5432',
      dbname: databaseName(postgres.uri),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
  });
  const drive = resource('Secret', 'v1', 'drive-oauth', {
    stringData: { 'token.json': JSON.stringify(google.credentials) },
  });
  return { secrets: [database, drive].join('---\n'), backup };
}
