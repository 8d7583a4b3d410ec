import type { DatabaseSpec } from '../../crds/databaseSpec.ts';
import { type SSLMode, sslModes } from '../../crds/databaseSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { type SecretReader, secretValue } from '../secrets.ts';

/** Everything that a connection needs. Holds the password: never log it. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: SSLMode;
  /** PEM. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
}

type Values = ReadonlyMap<string, Buffer>;

/**
 * How to connect, from spec.database, or another `field` like it, and its Secrets. Fields of the spec override the Secret; single keys
 * override a uri. Understood layouts: CloudNativePG (username, password, dbname, host, port, uri), Crunchy
 * (user, password, dbname, host, port, uri), Zalando (username, password), Bitnami (password,
 * postgres-password), a uri alone. Throws SecretNotFound or InvalidSpec that says what is missing.
 */
export async function databaseTarget(
  spec: Omit<DatabaseSpec, 'tables'>,
  secrets: SecretReader,
  field = 'spec.database',
): Promise<DatabaseTarget> {
  const values: Values = spec.secretRef === undefined ? new Map() : await secrets.read(spec.secretRef.name);
  const where = `Secret ${spec.secretRef?.name}`;
  const uri = parseURI(values.get('uri'), `The key uri of ${where}`);
  const key = (...names: string[]) => {
    for (const name of names) {
      const text = values.get(name)?.toString('utf8').trim();
      if (text) return text;
    }
    return undefined;
  };

  const user =
    spec.user ??
    key('username', 'user') ??
    uri?.user ??
    (values.has('postgres-password') ? 'postgres' : undefined);
  const host = spec.host ?? key('host') ?? uri?.host;
  // CloudNativePG writes * for a superuser, who may use every database.
  const named = [key('dbname', 'database'), uri?.database].find((text) => text !== undefined && text !== '*');
  const database = spec.name ?? named;
  const missing = [
    ...(host === undefined ? ['host'] : []),
    ...(database === undefined ? ['name'] : []),
    ...(user === undefined ? ['user'] : []),
  ];
  if (host === undefined || database === undefined || user === undefined) {
    const where = spec.secretRef === undefined ? field : `Secret ${spec.secretRef.name}`;
    throw new BackupError(
      'InvalidSpec',
      `${where} does not tell ${missing.join(', ')} of the database: set ${missing.map((name) => `${field}.${name}`).join(', ')}.`,
    );
  }
  const adminPassword = user === 'postgres' ? key('postgres-password') : undefined;
  const ca = spec.caSecretRef && (await secretValue(secrets, spec.caSecretRef.name, spec.caSecretRef.key));
  const certificate = spec.clientCertSecretRef && {
    cert: String(await secretValue(secrets, spec.clientCertSecretRef.name, 'tls.crt')),
    key: String(await secretValue(secrets, spec.clientCertSecretRef.name, 'tls.key')),
  };
  return {
    host,
    port: spec.port ?? port(key('port') ?? uri?.port, where),
    database,
    user,
    // A password may end in spaces, but hardly in the line break that `echo` leaves in a Secret.
    password:
      adminPassword ??
      values
        .get('password')
        ?.toString('utf8')
        .replace(/\r?\n$/, '') ??
      uri?.password,
    sslMode:
      spec.sslMode ?? sslMode(key('sslmode') ?? uri?.sslMode, where) ?? (ca ? 'verify-full' : 'prefer'),
    ...(ca === undefined ? {} : { ca: String(ca) }),
    ...(certificate === undefined ? {} : { clientCertificate: certificate }),
  };
}

/**
 * The target of one URI, as psql takes it; `password` is for a URI without one. Throws InvalidSpec with `where` as the
 * name of the place.
 */
export function uriTarget(uri: string, where: string, password?: string): DatabaseTarget {
  const parts = parseURI(Buffer.from(uri), where);
  const missing = (['host', 'database', 'user'] as const).filter((part) => parts?.[part] === undefined);
  if (parts?.host === undefined || parts.database === undefined || parts.user === undefined) {
    throw new BackupError(
      'InvalidSpec',
      `${where} does not tell ${missing.join(', ')}: write postgresql://user@host:5432/dbname.`,
    );
  }
  return {
    host: parts.host,
    port: port(parts.port, where),
    database: parts.database,
    user: parts.user,
    password: parts.password ?? password,
    sslMode: sslMode(parts.sslMode, where) ?? 'prefer',
  };
}

function port(text: string | undefined, where: string): number {
  const value = Number(text ?? 5432);
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  throw new BackupError('InvalidSpec', `The port in ${where} is not a number from 1 to 65535.`);
}

function sslMode(text: string | undefined, where: string): SSLMode | undefined {
  if (text === undefined) return undefined;
  const known = sslModes.find((mode) => mode === text);
  if (known !== undefined) return known;
  // libpq's allow begins without TLS; prefer is the safer reading of the same wish.
  if (text === 'allow') return 'prefer';
  throw new BackupError('InvalidSpec', `The sslmode in ${where} must be one of ${sslModes.join(', ')}.`);
}

interface URIParts {
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslMode?: string;
}

// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
function parseURI(value: Buffer | undefined, what: string): URIParts | undefined {
  const text = value?.toString('utf8').trim();
  if (!text) return undefined;
  let url: URL;
  try {
    url = new URL(text);
    if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw new TypeError('protocol');
    // A password with a raw / or # ends up in these parts, and they are shown.
    if (url.hash !== '' || /[@/]/.test(url.pathname.slice(1))) throw new TypeError('raw characters');
    const parameter = (name: string) => url.searchParams.get(name) || undefined;
    const part = (text: string) => (text ? decodeURIComponent(text) : undefined);
    return definedOnly({
      host: part(url.hostname.replace(/^\[(.*)\]$/, '$1')) ?? parameter('host'),
      port: part(url.port) ?? parameter('port'),
      database: part(url.pathname.slice(1)) ?? parameter('dbname'),
      user: part(url.username) ?? parameter('user'),
      password: part(url.password) ?? parameter('password'),
      sslMode: parameter('sslmode'),
    });
  } catch {
    // The cause would quote the uri with its password.
    throw new BackupError(
      'InvalidSpec',
      `${what} is not of the form postgresql://user:password@host:5432/dbname; write special characters as %XX.`,
    );
  }
}

function definedOnly(parts: { [key in keyof URIParts]: string | undefined }): URIParts {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
