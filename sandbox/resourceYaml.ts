import { stringify } from 'yaml';
import { databaseName } from './postgres/access.ts';

/** What every YAML of the sandbox is about: addresses as the sandbox gives them, names, and what is unlike the ordinary. */
export interface ResourceYamlOptions {
  postgres: { uri: string };
  google: { credentials: object };
  /** Left out: no notification. */
  smtp?: { host: string; port: number };
  name?: string;
  namespace?: string;
  /** Fields of the spec that replace those of the ordinary one, whole. */
  spec?: Record<string, unknown>;
}

/** The reference to the refresh token that `secretsYaml` writes. */
export const credentialsSecretRef = { name: 'drive-oauth', key: 'token.json' };

/** An object of Kubernetes as YAML 1.1, which kubectl reads: there a bare Off is false. */
export function objectYaml(
  { kind, apiVersion = 'v1' }: { kind: string; apiVersion?: string },
  metadata: { name: string; namespace: string },
  rest: object,
): string {
  return stringify({ apiVersion, kind, metadata, ...rest }, { version: '1.1' });
}

/** An object of ours whose database is that of the sandbox; mails go to its inbox. `spec` of the options wins. */
export function resourceYaml(kind: string, options: ResourceYamlOptions, spec: object): string {
  const { smtp, name = 'shop', namespace = 'shop' } = options;
  const email = smtp && {
    to: ['ops@example.com'],
    from: 'backup@example.com',
    smtp: { host: smtp.host, port: smtp.port, tls: 'Off' },
  };
  return objectYaml(
    { kind, apiVersion: 'dbbackup.dev/v1alpha1' },
    { name, namespace },
    {
      spec: {
        database: { secretRef: { name: `${name}-db` } },
        ...spec,
        ...(email && { notification: { email } }),
        ...options.spec,
      },
    },
  );
}

/** The Secrets that an object of ours names: of its database, and of Google. */
export function secretsYaml({ postgres, google, name = 'shop', namespace = 'shop' }: ResourceYamlOptions) {
  const { hostname, port, username, password } = new URL(postgres.uri);
  const secret = (ofName: string, stringData: Record<string, string>) =>
    objectYaml({ kind: 'Secret' }, { name: ofName, namespace }, { stringData });
  return [
    secret(`${name}-db`, {
      host: decodeURIComponent(hostname),
      port: port || '5432',
      dbname: databaseName(postgres.uri),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }),
    secret(credentialsSecretRef.name, { [credentialsSecretRef.key]: JSON.stringify(google.credentials) }),
  ].join('---\n');
}
