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
  const { postgres, google, smtp, name = 'shop', namespace = 'sandbox' } = options;
  const { hostname, port, username, password } = new URL(postgres.uri);
  const resource = (kind: string, apiVersion: string, ofName: string, rest: object) =>
    stringify({ apiVersion, kind, metadata: { name: ofName, namespace }, ...rest });
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
  return [backup, database, drive].join('---\n');
}
