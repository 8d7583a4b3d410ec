import type pg from 'pg';
import { quotedIdentifier } from '../database/selectStatement.ts';
import type { TargetTable } from './targetTables.ts';

interface Found {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
}

// Partitions have copies of both; ALTER on the root reaches those of foreign keys.
const foreignKeysQuery = `
SELECT n.nspname AS schema, c.relname AS table, k.conname AS name
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT k.condeferrable AND k.conrelid = ANY ($1::oid[])
ORDER BY 1, 2, 3`;

const triggersQuery = `
SELECT n.nspname AS schema, c.relname AS table, t.tgname AS name, t.tgenabled::text AS enabled
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
  AND coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid) = ANY ($1::oid[])
ORDER BY 1, 2, 3`;

/**
 * Lets rows come into tables that have their constraints and triggers already, in the order of the file: foreign keys
 * are checked when all rows are there, and triggers stay silent, as the rows are those that they left. To be called in
 * the transaction of the restore; what it gives puts everything back as it was, which is when foreign keys are checked.
 */
export async function suspendChecks(
  client: pg.Client,
  tables: readonly TargetTable[],
): Promise<() => Promise<void>> {
  const oids = [tables.map(({ oid }) => oid)];
  const { rows: keys } = await client.query<Found>(foreignKeysQuery, oids);
  const { rows: triggers } = await client.query<Found & { enabled: string }>(triggersQuery, oids);
  const alter = ({ schema, table }: Found) =>
    `ALTER TABLE ${quotedIdentifier(schema)}.${quotedIdentifier(table)}`;
  const all = async (statements: readonly string[]) => {
    if (statements.length > 0) await client.query(statements.join(';\n'));
  };
  await all([
    ...keys.map((key) => `${alter(key)} ALTER CONSTRAINT ${quotedIdentifier(key.name)} DEFERRABLE`),
    ...triggers.map((one) => `${alter(one)} DISABLE TRIGGER ${quotedIdentifier(one.name)}`),
    'SET CONSTRAINTS ALL DEFERRED',
  ]);
  return () =>
    all([
      'SET CONSTRAINTS ALL IMMEDIATE',
      ...keys.map((key) => `${alter(key)} ALTER CONSTRAINT ${quotedIdentifier(key.name)} NOT DEFERRABLE`),
      ...triggers.map(
        (one) =>
          `${alter(one)} ENABLE ${one.enabled === 'A' ? 'ALWAYS ' : ''}TRIGGER ${quotedIdentifier(one.name)}`,
      ),
    ]);
}
