import type { PostgresAddress } from '../sandbox/postgres/access.ts';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';

/** Starts the PostgreSQL server that test files share; they find it by DBBACKUP_TEST_POSTGRES. */
export async function sharePostgres(): Promise<PostgresServer> {
  const server = await startPostgres();
  const { uri, host, port, user, password, socketDirectory, version, major } = server;
  const address: PostgresAddress = { uri, host, port, user, password, socketDirectory, version, major };
  process.env.DBBACKUP_TEST_POSTGRES = JSON.stringify(address);
  return server;
}
