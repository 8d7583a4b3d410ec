import type pg from 'pg';
import { quotedIdentifier } from '../database/selectStatement.ts';

const primaryKey = `
SELECT a.attname AS name
FROM pg_catalog.pg_index i
CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = $1 AND i.indisprimary
ORDER BY k.place`;

/** ` ORDER BY` the primary key of a table, which the statement calls t, so that its rows keep their places from run to run; empty where it has none. */
export async function tableOrder(client: pg.Client, table: number): Promise<string> {
  const { rows } = await client.query<{ name: string }>(primaryKey, [table]);
  return rows.length === 0
    ? ''
    : ` ORDER BY ${rows.map(({ name }) => `t.${quotedIdentifier(name)}`).join(', ')}`;
}
