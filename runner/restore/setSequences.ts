import type pg from 'pg';
import { quotedIdentifier } from '../database/selectStatement.ts';
import type { TargetTable } from './targetTables.ts';

interface OwnedSequence {
  readonly id: string;
  readonly column: string;
  readonly oid: string;
  readonly rises: boolean;
}

// deptype i: identity; a: serial, or OWNED BY.
const ownedQuery = `
SELECT s.oid::int8::text AS id, a.attname AS column, a.attrelid::int8::text AS oid, q.seqincrement > 0 AS rises
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE a.atttypid IN (20, 21, 23) AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.deptype IN ('a', 'i') AND d.refobjid = ANY ($1::oid[])`;

/**
 * Sets the sequences that belong to columns behind the greatest value that was restored, so that the next row gets a
 * free one; a sequence that is further already stays. csv and json hold no values of sequences.
 */
export async function setSequences(client: pg.Client, tables: readonly TargetTable[]): Promise<void> {
  const { rows } = await client.query<OwnedSequence>(ownedQuery, [tables.map(({ oid }) => oid)]);
  const byOID = new Map(tables.map((table) => [table.oid, table]));
  for (const { id, column, oid, rises } of rows) {
    const table = byOID.get(Number(oid));
    if (table === undefined) continue;
    // With the tables that inherit from it: they take their values from the same sequence.
    const furthest = `SELECT ${rises ? 'max' : 'min'}(${quotedIdentifier(column)})::int8 AS value FROM ${table.sql}`;
    await client.query(
      `SELECT pg_catalog.setval(${id}::pg_catalog.oid::pg_catalog.regclass, found.value)
       FROM (${furthest}) AS found WHERE found.value ${rises ? '>' : '<'}
         coalesce(pg_catalog.pg_sequence_last_value(${id}::pg_catalog.oid::pg_catalog.regclass), found.value ${rises ? '- 1' : '+ 1'})`,
    );
  }
}

/** Sequences that belong to no column: nothing in csv and json tells their values. */
export async function looseSequences(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || s.relname AS name FROM pg_catalog.pg_class s JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
     WHERE s.relkind = 'S' AND s.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = s.oid AND d.deptype IN ('a', 'i', 'e'))
     ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
