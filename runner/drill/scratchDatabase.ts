import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { targetName } from '../database/connection.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import { restoreError } from '../restore/restoreError.ts';
import { connectBeside, createDatabase, dropDatabase } from '../restore/targetDatabase.ts';

/** A database that a drill made for itself; disposing drops it. */
export interface ScratchDatabase extends AsyncDisposable {
  readonly target: DatabaseTarget;
}

export interface ScratchOptions {
  /** Any database of the server. */
  readonly server: DatabaseTarget;
  /** Whose drill it is: FileTags. */
  readonly owner: string;
  /** `shop/shop`, for people who find the database. */
  readonly title: string;
  /** Is told what stayed behind. */
  readonly warn: (sentence: string) => void;
}

/** Of the two numbers of our advisory locks the first: "dbbk" in ASCII. */
const lockClass = 0x6462626b;
const commentStart = 'dbbackup drill of ';

/**
 * Makes `dbbackup_drill_<owner>_<random>`, never a database that is there already. Its session holds a lock on the name
 * as long as the drill goes on; a database of an earlier drill of the owner whose lock nobody holds was left by a
 * runner that was killed, and is dropped. Throws what connecting and creating throw.
 */
export async function scratchDatabase(
  options: ScratchOptions,
  signal: AbortSignal,
): Promise<ScratchDatabase> {
  const { server, owner, title, warn } = options;
  const prefix = `dbbackup_drill_${owner
    .replace(/[^0-9a-zA-Z]/g, '')
    .slice(0, 8)
    .toLowerCase()}_`;
  const target = { ...server, database: `${prefix}${randomBytes(6).toString('hex')}` };
  const beside = await connectBeside(server, signal);
  try {
    const { client } = beside;
    await client.query(
      "SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 140000",
    );
    await dropLeftovers(client, prefix, warn);
    await lock(client, target.database);
    await createDatabase(target, signal);
    await client.query(
      `COMMENT ON DATABASE ${quotedIdentifier(target.database)} IS '${commentStart}${title.replaceAll("'", "''")}, dropped at its end'`,
    );
  } catch (error) {
    await beside[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw restoreError(error, 'making the scratch database');
  }
  return {
    target,
    async [Symbol.asyncDispose]() {
      if (!(await dropDatabase(target))) {
        warn(`${targetName(target)} could not be dropped. The next drill of this backup drops it.`);
      }
      await beside[Symbol.asyncDispose]();
    },
  };
}

async function lock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked',
    [lockClass, name],
  );
  return rows[0]?.locked === true;
}

async function dropLeftovers(client: pg.Client, prefix: string, warn: ScratchOptions['warn']): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
     WHERE starts_with(datname, $1) AND starts_with(shobj_description(oid, 'pg_database'), $2)`,
    [prefix, commentStart],
  );
  for (const { name } of rows) {
    if (!(await lock(client, name))) continue;
    try {
      await client.query(`DROP DATABASE IF EXISTS ${quotedIdentifier(name)} WITH (FORCE)`);
      warn(`Dropped ${name}, which an earlier drill had left behind.`);
    } catch {
      warn(`The database ${name} of an earlier drill could not be dropped.`);
    }
    await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [lockClass, name]);
  }
}
