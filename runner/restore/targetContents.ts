import type pg from 'pg';
import { quotedIdentifier } from '../database/selectStatement.ts';

/** Something in a database that a fresh one does not have. */
export interface Content {
  /** "table", "function" … */
  readonly kind: string;
  /** As people say it: "public.orders". */
  readonly name: string;
  /** Of a table, by the server's statistics; 0 where it has none. */
  readonly rows: number;
}

// What belongs to an extension goes with it; toast tables, indexes and the like go with their table.
const contentsQuery = `
WITH ours AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
), loose (class, id, kind, name, rows) AS (
  SELECT 'pg_class'::regclass, c.oid, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
         WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END,
         n.nspname || '.' || c.relname, CASE WHEN c.relkind = 'r' THEN greatest(c.reltuples, 0) ELSE 0 END
  FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, 'function', n.nspname || '.' || p.proname, 0 FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid, 'type', n.nspname || '.' || t.typname, 0 FROM pg_type t JOIN ours n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('d', 'e', 'r') OR t.typtype = 'b' AND t.typelem = 0
  UNION ALL
  SELECT 'pg_operator'::regclass, o.oid, 'operator', n.nspname || '.' || o.oprname, 0 FROM pg_operator o JOIN ours n ON n.oid = o.oprnamespace
  UNION ALL
  SELECT 'pg_collation'::regclass, c.oid, 'collation', n.nspname || '.' || c.collname, 0 FROM pg_collation c JOIN ours n ON n.oid = c.collnamespace
  UNION ALL
  SELECT 'pg_ts_config'::regclass, c.oid, 'text search configuration', n.nspname || '.' || c.cfgname, 0
  FROM pg_ts_config c JOIN ours n ON n.oid = c.cfgnamespace
  UNION ALL
  SELECT 'pg_namespace'::regclass, oid, 'schema', nspname, 0 FROM ours WHERE nspname <> 'public'
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, oid, 'foreign data wrapper', fdwname, 0 FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, oid, 'foreign server', srvname, 0 FROM pg_foreign_server
  UNION ALL
  SELECT 'pg_event_trigger'::regclass, oid, 'event trigger', evtname, 0 FROM pg_event_trigger
  UNION ALL
  SELECT 'pg_publication'::regclass, oid, 'publication', pubname, 0 FROM pg_publication
  UNION ALL
  SELECT 'pg_subscription'::regclass, oid, 'subscription', subname, 0 FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL
  SELECT 'pg_extension'::regclass, oid, 'extension', extname, 0 FROM pg_extension WHERE extname <> 'plpgsql'
)
SELECT kind, name, rows::float8 AS rows FROM loose
WHERE NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = loose.class AND d.objid = loose.id
  AND (d.deptype = 'e' OR loose.kind = 'sequence' AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass)
)
ORDER BY kind <> 'table', kind, name`;

/** What a database holds that a fresh one does not; large objects count as one line. */
export async function targetContents(client: pg.Client): Promise<Content[]> {
  const { rows } = await client.query<Content>(contentsQuery);
  const { rows: objects } = await client.query<{ count: string }>(
    'SELECT count(*)::text AS count FROM pg_largeobject_metadata',
  );
  const count = Number(objects[0]?.count);
  return count > 0 ? [...rows, { kind: 'large object', name: `${count}`, rows: 0 }] : rows;
}

/** SQL that makes a database as good as fresh. To be run in the transaction of the restore. */
export function cleanStatements(contents: readonly Content[], serverVersion: number): string[] {
  const named = (kind: string) =>
    contents.filter((content) => content.kind === kind).map(({ name }) => quotedIdentifier(name));
  const drop = (kind: string, words: string) =>
    named(kind).map((name) => `DROP ${words} IF EXISTS ${name} CASCADE`);
  const schemas = contents.length > 0 ? [...named('schema'), '"public"'] : [];
  return [
    'SET LOCAL client_min_messages = warning',
    // First what would look at the others going.
    ...drop('event trigger', 'EVENT TRIGGER'),
    ...drop('publication', 'PUBLICATION'),
    ...drop('foreign server', 'SERVER'),
    ...drop('foreign data wrapper', 'FOREIGN DATA WRAPPER'),
    ...drop('extension', 'EXTENSION'),
    ...schemas.map((name) => `DROP SCHEMA IF EXISTS ${name} CASCADE`),
    ...(schemas.length > 0 ? freshPublic(serverVersion) : []),
    ...(contents.some(({ kind }) => kind === 'large object')
      ? ['SELECT count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata']
      : []),
  ];
}

// As initdb makes it: a dump has of it only what differs from that.
function freshPublic(serverVersion: number): string[] {
  const comment = "COMMENT ON SCHEMA public IS 'standard public schema'";
  if (serverVersion < 150000)
    return ['CREATE SCHEMA public', 'GRANT ALL ON SCHEMA public TO PUBLIC', comment];
  return [
    'CREATE SCHEMA public AUTHORIZATION pg_database_owner',
    'GRANT USAGE ON SCHEMA public TO PUBLIC',
    comment,
  ];
}
