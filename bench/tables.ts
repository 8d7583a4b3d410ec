import { databaseURI, type PostgresAccess } from '../sandbox/postgres/access.ts';

// Ten columns as a shop has them, about 200 bytes of CSV a row; some names need quotes, some values are NULL.
const columns = `
  id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric(12, 2), rate double precision, paid boolean,
  day date, created timestamptz, name text, note text, payload jsonb`;

const values = `
  i, (i * 7919 % 100003)::int, (i * 104729 % 10000000)::numeric / 100,
  CASE WHEN i % 17 <> 0 THEN (i % 9973) / 7.0::float8 END, i % 3 = 0, date '2020-01-01' + (i % 2000)::int,
  timestamptz '2024-01-01 00:00:00+00' + i * interval '1.234567 seconds',
  'Customer ' || i % 50000 || CASE WHEN i % 20 = 0 THEN ', "Ltd"' ELSE '' END,
  CASE WHEN i % 11 <> 0 THEN 'Order ' || md5(i::text) || ' with a café voucher, code ' || i % 977 END,
  jsonb_build_object('sku', 'A-' || i % 5000, 'quantity', i % 9)`;

/** Makes a database with table A: `rows` rows × 10 mixed columns, each row the same every time. Gives its URI. */
export async function createTableA(server: PostgresAccess, name: string, rows: number): Promise<string> {
  const uri = await server.createDatabase(name);
  await server.query(
    `CREATE TABLE a (${columns}); INSERT INTO a SELECT ${values} FROM generate_series(1::bigint, ${rows}) i`,
    uri,
  );
  await rest(server, uri);
  return uri;
}

/** Makes a database with four times the rows of the A in database `from`. */
export async function createFourfoldA(
  server: PostgresAccess,
  name: string,
  from: string,
  rows: number,
): Promise<string> {
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const uri = databaseURI(server.uri, name);
  await server.query(
    `INSERT INTO a SELECT id + ${rows} * n, customer, amount, rate, paid, day, created, name, note, payload
     FROM a, generate_series(1, 3) n ORDER BY n, id`,
    uri,
  );
  await rest(server, uri);
  return uri;
}

/** How many tables the database of tiny ones has. */
export const tinyTables = 2000;

/** Makes a database of tiny tables: ten rows × five columns each, named t0001 and on. */
export async function createTinyTables(server: PostgresAccess, name: string): Promise<string> {
  const uri = await server.createDatabase(name);
  // In several transactions: each table takes locks, of which there are not that many.
  for (let from = 1; from <= tinyTables; from += 100) {
    await server.query(
      `DO $$ BEGIN FOR t IN ${from}..${from + 99} LOOP
         EXECUTE format('CREATE TABLE %I (id int, name text, amount numeric, created timestamptz, paid boolean)', to_char(t, '"t"FM0000'));
         EXECUTE format('INSERT INTO %I SELECT i, ''name '' || i, i * 1.25, timestamptz ''2024-01-01'' + i * interval ''1 hour'', i %% 2 = 0 FROM generate_series(1, 10) i', to_char(t, '"t"FM0000'));
       END LOOP; END $$`,
      uri,
    );
  }
  await rest(server, uri);
  return uri;
}

/** The SELECTs of all tiny tables, as psql reads them from a file. */
export function tinySelects(): string {
  return Array.from(
    { length: tinyTables },
    (_, index) => `SELECT id, name, amount, created, paid FROM t${String(index + 1).padStart(4, '0')};\n`,
  ).join('');
}

// Hint bits and statistics are set now, not by the first who reads.
async function rest(server: PostgresAccess, uri: string): Promise<void> {
  await server.query('VACUUM (FREEZE, ANALYZE)', uri);
  await server.query('CHECKPOINT', uri);
}
