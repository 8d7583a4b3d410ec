import { type ConnectionOptions, checkServerIdentity, getCACertificates } from 'node:tls';
import pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { databaseError } from './databaseError.ts';
import type { DatabaseTarget } from './databaseTarget.ts';

/** A connected client that closes with `await using`. */
export interface Connection extends AsyncDisposable {
  readonly client: pg.Client;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
}

const connectTimeout = 30_000;

/**
 * Connects with the TLS mode of the target. Throws DatabaseUnreachable, DatabaseAuthFailed, DatabaseNotFound
 * or TooManyConnections. An aborted signal breaks the connection, whatever it is doing.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export async function connect(target: DatabaseTarget, signal: AbortSignal): Promise<Connection> {
  if (target.sslMode !== 'prefer') return open(target, target.sslMode !== 'disable', signal);
  try {
    return await open(target, !target.host.startsWith('/'), signal);
  } catch (error) {
    if (!(error instanceof BackupError && /offers no TLS/.test(error.message))) throw error;
    return open(target, false, signal);
  }
}

/** "db.example.com:5432/shop": what messages say of a target. */
export function targetName(target: DatabaseTarget): string {
  return `${target.host}:${target.port}/${target.database}`;
}

async function open(target: DatabaseTarget, encrypted: boolean, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    password: target.password ?? '',
    ssl: encrypted ? tlsOptions(target) : false,
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    application_name: 'database-backup',
  });
  // A connection that breaks between two queries must not end the process; the next query reports it.
  client.on('error', () => {});
  const onAbort = () => breakOff(client);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
  } catch (error) {
    signal.removeEventListener('abort', onAbort);
    breakOff(client);
    signal.throwIfAborted();
    throw databaseError(error, `connecting to ${targetName(target)} as ${target.user}`);
  }
  return {
    client,
    encrypted,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', onAbort);
      await client.end().catch(() => {});
    },
  };
}

function breakOff(client: pg.Client): void {
  // pg has no way to drop a connection at once; end() waits for the query that runs.
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

function tlsOptions({ sslMode, ca, clientCertificate, host }: DatabaseTarget): ConnectionOptions {
  // libpq: with a CA at hand, require checks it as verify-ca does.
  const verified =
    sslMode === 'verify-ca' || sslMode === 'verify-full' || (sslMode === 'require' && ca !== undefined);
  return {
    rejectUnauthorized: verified,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : clientCertificate),
    checkServerIdentity:
      sslMode === 'verify-full'
        ? (_, certificate) => checkServerIdentity(host, certificate)
        : () => undefined,
  };
}

/** The CA certificates in force for a target, in PEM: what pg_dump gets to agree with our own connection. */
export function trustedCertificates(target: DatabaseTarget): string {
  return target.ca ?? getCACertificates('default').join('\n');
}
