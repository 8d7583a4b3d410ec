import { quotedIdentifier } from '../database/selectStatement.ts';

type Query = (sql: string, uri: string) => Promise<Record<string, unknown>[]>;

/**
 * For tests: all that a database holds, as lines that are the same for equal databases: every row of every table (sorted, so that
 * their order does not matter), the values of sequences, and the definitions of constraints, indexes, views, functions
 * and triggers.
 */
export async function contentsOf(query: Query, uri: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const relations = await query(
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2`,
    uri,
  );
  for (const { schema, name, kind } of relations) {
    const sql = `${quotedIdentifier(String(schema))}.${quotedIdentifier(String(name))}`;
    if (kind === 'S') {
      const [row] = await query(`SELECT last_value, is_called FROM ${sql}`, uri);
      found[`sequence ${sql}`] = JSON.stringify(row);
      continue;
    }
    const [row] = await query(
      `SELECT count(*)::text AS rows, coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")), '') AS hash FROM ONLY ${sql} t`,
      uri,
    );
    found[`table ${sql}`] = JSON.stringify(row);
  }
  for (const { kind, name, definition } of await query(definitions, uri)) {
    found[`${kind} ${name}`] = String(definition);
  }
  return found;
}

const definitions = `
SELECT * FROM (
  SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) || condeferrable::text FROM pg_constraint
  WHERE conrelid <> 0 AND contype <> 'n' AND connamespace::regnamespace::text NOT LIKE 'pg\\_%' AND connamespace::regnamespace::text <> 'information_schema'
  UNION ALL
  SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
  WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text NOT LIKE 'pg\\_%')
  UNION ALL
  SELECT 'view', oid::regclass::text, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384
  UNION ALL
  SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'function', oid::regprocedure::text, prosrc FROM pg_proc WHERE oid >= 16384 AND pronamespace::regnamespace::text NOT LIKE 'pg\\_%'
) AS d (kind, name, definition) ORDER BY 1, 2`;

/** For tests: the lines in which two databases differ, so that a failure shows them alone. */
export function differences(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(found), ...Object.keys(expected)])]
    .filter((key) => found[key] !== expected[key])
    .map((key) => `${key}: ${found[key]} instead of ${expected[key]}`);
}
