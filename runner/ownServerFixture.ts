import type { TestContext } from 'node:test';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';

/** Two small tables, 1,002 rows. */
export const shop = `CREATE TABLE items (id int PRIMARY KEY, name text);
  INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 1000) i;
  CREATE TABLE orders (id int, item int); INSERT INTO orders VALUES (1, 1), (2, 5)`;

let ownServer: Promise<PostgresServer> | undefined;
/** The server of a test file: its roles and connections are nobody else's. */
export const server = () => {
  ownServer ??= startPostgres();
  return ownServer;
};

/** A world on a database of the server. */
export async function worldOn(t: TestContext, sql = shop, on?: PostgresServer): Promise<RunWorld> {
  const owner = on ?? (await server());
  const uri = await owner.createDatabase();
  await owner.query(sql, uri);
  return runWorld(t, { uri });
}

/** A role with a password of its own, and the URI by which it comes in. */
export async function role(uri: string, options = ''): Promise<{ name: string; uri: string }> {
  const name = `role_${Math.random().toString(36).slice(2)}`;
  await (await server()).query(`CREATE ROLE ${name} LOGIN PASSWORD 'Rollen-Wort-4711' ${options}`);
  const url = new URL(uri);
  url.username = name;
  url.password = 'Rollen-Wort-4711';
  return { name, uri: url.href };
}

/** spec.database with the Secret of the world and other fields. */
export const database = (fields: object) => ({ database: { secretRef: { name: 'db' }, ...fields } });
