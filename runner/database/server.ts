import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { connect } from './connection.ts';
import { databaseError } from './databaseError.ts';
import type { DatabaseTarget } from './databaseTarget.ts';

/** Which server answers, and its version. */
export interface Server {
  /** server_version_num: 150018. */
  readonly version: number;
  /** As people say it: "15.18". */
  readonly versionName: string;
  readonly major: number;
  /** Bytes of the database. */
  readonly size: number;
  /** Roles that own or may use something in the database: a restore needs them first. */
  readonly roles: readonly string[];
  /** Address, port and start time: the same for all connections to one server. */
  readonly identity: string;
  /** Made by initdb, the same in every physical copy; undefined where the role may not ask for it. */
  readonly systemIdentifier: string | undefined;
  /** OID of the database: with the system identifier, which database it is, whatever its name and address. */
  readonly databaseOID: number;
}

const identityQuery = `
SELECT concat_ws(' ', inet_server_addr(), inet_server_port(), pg_postmaster_start_time()::text) AS identity`;

const serverQuery = `
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
       pg_database_size(current_database())::text AS size,
       (SELECT oid::int8::text FROM pg_database WHERE datname = current_database()) AS oid,
       ARRAY(
         SELECT DISTINCT r.rolname::text FROM pg_shdepend d
         JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
         WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
       ) AS roles`;

/** Reads version, size and identity of the server behind a connection. */
export async function serverOf(client: pg.Client): Promise<Server> {
  try {
    const { rows } = await client.query(serverQuery);
    const [{ version, name, size, oid, roles }] = rows as [
      { version: number; name: string; size: string; oid: string; roles: string[] },
    ];
    return {
      version,
      versionName: name.split(' ')[0] ?? name,
      major: Math.floor(version / 10000),
      size: Number(size),
      roles,
      identity: await identityOf(client),
      systemIdentifier: await systemIdentifierOf(client),
      databaseOID: Number(oid),
    };
  } catch (error) {
    throw databaseError(error, 'asking the server for its version');
  }
}

async function identityOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ identity: string }>(identityQuery);
  return rows[0]?.identity ?? '';
}

async function systemIdentifierOf(client: pg.Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    return rows[0]?.id;
  } catch (error) {
    // Some providers allow it to nobody; a lost connection shows at the next query.
    if ((error as { code?: string }).code === '42501') return undefined;
    throw error;
  }
}

/** Throws ServerMismatch unless another connection reaches the same server: pg_dump makes one of its own. */
export async function requireSameServer(
  target: DatabaseTarget,
  server: Server,
  signal: AbortSignal,
): Promise<void> {
  await using other = await connect(target, signal);
  const identity = await identityOf(other.client).catch((error: unknown) => {
    throw databaseError(error, 'asking the server for its identity');
  });
  if (identity === server.identity) return;
  throw new BackupError(
    'ServerMismatch',
    `Two connections to ${target.host}:${target.port} reached two servers (started ${server.identity.split(' ').slice(2).join(' ')} and ${identity.split(' ').slice(2).join(' ')}).`,
  );
}
