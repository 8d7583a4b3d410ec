import { type ConnectionOptions, checkServerIdentity, getCACertificates } from 'node:tls';
import pg from 'pg';
import { databaseError, noTLS } from './databaseError.ts';
import type { DatabaseTarget } from './databaseTarget.ts';

/** A connected client that closes with `await using`. */
export interface Connection extends AsyncDisposable {
  readonly client: pg.Client;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
}

const connectTimeout = 30_000;

/**
 * Connects with the TLS mode of the target, by libpq's rules, so that pg_dump reaches the same server in the same
 * way. Throws DatabaseUnreachable, DatabaseAuthFailed, DatabaseNotFound or TooManyConnections. An aborted signal
 * breaks the connection, whatever it is doing.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export async function connect(target: DatabaseTarget, signal: AbortSignal): Promise<Connection> {
  // There is no TLS on a unix socket, whatever sslMode says.
  const encrypted = target.sslMode !== 'disable' && !target.host.startsWith('/');
  try {
    return await open(target, encrypted, signal);
  } catch (error) {
    if (!encrypted || target.sslMode !== 'prefer' || !mayWorkWithoutTLS(error)) throw named(error, target);
  }
  try {
    return await open(target, false, signal);
  } catch (error) {
    throw named(error, target);
  }
}

/** Whether verification of the server's certificate is in force. With a CA at hand, libpq's require is verify-ca. */
export function verifiesServer({ sslMode, ca }: DatabaseTarget): boolean {
  return sslMode.startsWith('verify') || (sslMode === 'require' && ca !== undefined);
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
    throw error;
  }
  return {
    client,
    encrypted,
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => {});
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function named(error: unknown, target: DatabaseTarget): unknown {
  return databaseError(error, `connecting to ${targetName(target)} as ${target.user}`);
}

// The server has no TLS, the handshake failed, or pg_hba.conf takes plain connections alone.
function mayWorkWithoutTLS(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return code === '28000' || noTLS.test(message) || /^ERR_(TLS|SSL)|^EPROTO$|^ECONNRESET$/.test(code);
}

function breakOff(client: pg.Client): void {
  // pg has no way to drop a connection at once; end() waits for the query that runs.
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

function tlsOptions(target: DatabaseTarget): ConnectionOptions {
  const { sslMode, ca, clientCertificate, host } = target;
  return {
    rejectUnauthorized: verifiesServer(target),
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
