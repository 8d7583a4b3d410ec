import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** How the shop is made. */
export interface DemoDataOptions {
  /** A whole number; the same seed and rows give equal databases. */
  seed: number;
  /** About how many rows all tables have together; default 300,000. */
  rows?: number;
}

const files = ['schema.sql', 'rows.sql', 'edgeCases.sql', 'keys.sql'];

/**
 * Fills the empty database at `uri` with a shop: some fifteen tables with every awkward type and value, a
 * partitioned table, an inheritance child, a view, a materialized view, keys, a trigger. One transaction; the
 * rows are made on the server.
 */
export async function createDemoData(uri: string, options: DemoDataOptions): Promise<void> {
  const { seed, rows = 300_000 } = options;
  if (!Number.isSafeInteger(seed)) throw new Error(`The seed must be a whole number, not ${seed}.`);
  if (!Number.isSafeInteger(rows) || rows < 1000)
    throw new Error(`There must be at least 1000 rows, not ${rows}.`);
  const client = new pg.Client({ connectionString: uri });
  client.on('error', () => {}); // a lost connection fails the query below
  await client.connect();
  try {
    // Parallel workers would hand identities out in any order.
    await client.query(`BEGIN; SET LOCAL timezone = 'UTC'; SET LOCAL max_parallel_workers_per_gather = 0;
      SET LOCAL synchronize_seqscans = off; SET LOCAL work_mem = '64MB'; ${randomFunctions(seed, rows)}`);
    for (const file of files) await client.query(await readFile(join(import.meta.dirname, file), 'utf8'));
    await client.query(
      `DROP FUNCTION pg_temp.random(bigint, integer), pg_temp.share(numeric); COMMIT; ANALYZE`,
    );
  } finally {
    await client.end();
  }
}

// A hash, not random(): the same on every version of the server, and whatever order the rows are made in.
function randomFunctions(seed: number, rows: number): string {
  return `
    CREATE FUNCTION pg_temp.random(i bigint, salt integer) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
      SELECT (hashint8extended(i, ${seed}::bigint * 1000 + salt) & 9007199254740991) / 9007199254740992.0::double precision $$;
    CREATE FUNCTION pg_temp.share(part numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
      SELECT ceil(${rows} * part)::bigint $$;`;
}
