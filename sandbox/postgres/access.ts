import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Where a server is and how its superuser logs in. Plain data: it can be handed to another process. */
export interface PostgresAddress {
  /** The superuser's URI of the database `postgres`. */
  uri: string;
  host: string;
  port: number;
  user: string;
  password: string;
  /** The directory of its unix socket, by which the superuser comes in whatever pg_hba.conf says of TCP. */
  socketDirectory: string;
  version: string;
  major: number;
}

/** What can be asked of a running server, whoever started it. */
export interface PostgresAccess extends PostgresAddress {
  /** Makes an empty database (with a random name if none is given) and gives its URI. */
  createDatabase(name?: string): Promise<string>;
  /** Drops a database, ending the connections to it. */
  dropDatabase(uri: string): Promise<void>;
  /**
   * Runs SQL (several statements too) and gives the rows of the last one, parsed by `pg`. The superuser's
   * URIs (`uri`, those of createDatabase) go by the unix socket, others as they are.
   */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, uri?: string): Promise<Row[]>;
  /** Ends every client's connection but our own, or those to one database. */
  terminateBackends(database?: string): Promise<void>;
}

/** The functions of a server at `address`. Each call opens and closes a connection of its own. */
export function postgresAccess(address: PostgresAddress): PostgresAccess {
  const { user, password, port, socketDirectory } = address;
  async function query<Row extends pg.QueryResultRow>(sql: string, uri = address.uri): Promise<Row[]> {
    const isSuperuser = uri === databaseURI(address.uri, databaseName(uri));
    const client = new pg.Client(
      isSuperuser
        ? { host: socketDirectory, port, user, password, database: databaseName(uri) }
        : { connectionString: uri },
    );
    client.on('error', () => {}); // a connection lost between two queries fails the next one, not the process
    await client.connect();
    try {
      const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(sql);
      return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
    } finally {
      await client.end();
    }
  }
  return {
    ...address,
    query,
    async createDatabase(name = `test_${randomBytes(8).toString('hex')}`) {
      await query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return databaseURI(address.uri, name);
    },
    async dropDatabase(uri) {
      await query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(databaseName(uri))} WITH (FORCE)`);
    },
    async terminateBackends(database) {
      const only = database === undefined ? '' : `AND datname = ${pg.escapeLiteral(database)}`;
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid() ${only}`,
      );
    },
  };
}

/** The same URI for another database. */
export function databaseURI(uri: string, name: string): string {
  const url = new URL(uri);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** The name of the database in a URI. */
export function databaseName(uri: string): string {
  return decodeURIComponent(new URL(uri).pathname.slice(1));
}
