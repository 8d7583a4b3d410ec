import type pg from 'pg';
import type { DatabaseSpec } from '../../crds/databaseSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import type { Column, ExportedTable } from '../exporters/exporter.ts';

/** A table, view or the like, as the catalogue knows it. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: r table, p partitioned table, m materialized view, v view, f foreign table. */
  readonly kind: 'r' | 'p' | 'm' | 'v' | 'f';
  /** Changes with every rewrite of the table. As the snapshot sees it, and as it is now. */
  readonly file: string;
  readonly fileNow: string;
  readonly isPartition: boolean;
  /** OID of the root of its partition tree; its own where there is none. */
  readonly root: number;
  readonly ofExtension: boolean;
  /** By the server's statistics; 0 where there are none. */
  readonly estimatedRows: number;
  readonly readable: boolean;
  /** Row-level security would hide rows from this role. */
  readonly filtered: boolean;
}

// pg_class, never information_schema: that one hides what the role may not read (design.md, 8).
const relationsQuery = `
SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       c.relfilenode::text AS file, coalesce(pg_relation_filenode(c.oid), 0)::text AS "fileNow",
       c.relispartition AS "isPartition", coalesce(pg_partition_root(c.oid)::oid, c.oid)::int8::text AS root,
       greatest(c.reltuples, 0)::float8 AS "estimatedRows",
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS "ofExtension",
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       row_security_active(c.oid) AS filtered
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;

/** Every table, view and the like of the database outside PostgreSQL's own schemas. */
export async function relations(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query(relationsQuery);
  return rows.map((row) => ({ ...row, oid: Number(row.oid), root: Number(row.root) }));
}

export interface Selection {
  readonly relations: readonly Relation[];
  /** What the patterns meant and did not reach, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The relations whose rows are exported. Wildcards take tables and materialized views; views, foreign tables
 * and tables of extensions come by exact name only; a partitioned table comes once, by its root.
 * Throws NoTablesMatch.
 */
export function selectRelations(
  all: readonly Relation[],
  { include, exclude }: DatabaseSpec['tables'],
): Selection {
  const included = include.map((pattern) => ({
    pattern,
    matches: matcher(pattern),
    exact: !/[*?]/.test(pattern),
  }));
  const excluded = exclude.map((pattern) => ({ pattern, matches: matcher(pattern) }));
  const title = ({ schema, name }: Relation) => `${schema}.${name}`;
  const selected = all.filter((relation) => {
    if (relation.isPartition || excluded.some(({ matches }) => matches(title(relation)))) return false;
    const byNameOnly = relation.ofExtension || relation.kind === 'v' || relation.kind === 'f';
    return included.some(({ matches, exact }) => (exact || !byNameOnly) && matches(title(relation)));
  });
  const notes: string[] = [];
  const parts = all.filter(({ isPartition }) => isPartition);
  for (const { pattern, matches } of excluded.filter(({ pattern }) => !/^(\*|[^*?]+)\.\*$/.test(pattern))) {
    const part = parts.find((relation) => matches(title(relation)));
    if (part)
      notes.push(
        `exclude ${pattern} does not reach the partition ${title(part)}: a partitioned table is exported whole.`,
      );
  }
  for (const { pattern, matches } of included) {
    if (!selected.some((relation) => matches(title(relation))))
      notes.push(`include ${pattern} selects no table.`);
  }
  // A sync may need no table beside its queries.
  if (selected.length === 0 && include.length > 0) {
    const there = all.filter(({ isPartition }) => !isPartition).map(title);
    const known =
      there.length === 0
        ? 'it has no tables at all'
        : `it has ${there.slice(0, 5).join(', ')}${there.length > 5 ? ` and ${there.length - 5} more` : ''}`;
    throw new BackupError(
      'NoTablesMatch',
      `No table of the database matches include ${include.join(', ')}${exclude.length > 0 ? ` without ${exclude.join(', ')}` : ''}; ${known}.`,
    );
  }
  return { relations: selected, notes };
}

function matcher(pattern: string): (title: string) => boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  const expression = new RegExp(`^${source}$`, 'su');
  return (title) => expression.test(title);
}

// A domain has the text form of its base type, and domains may stand on domains.
const columnsQuery = `
WITH RECURSIVE base (type, base) AS (
  SELECT oid, oid FROM pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT t.oid, b.base FROM pg_type t JOIN base b ON b.type = t.typbasetype WHERE t.typtype = 'd'
)
SELECT a.attrelid::int8::text AS relation, a.attname AS name, t.oid::int8::text AS type, t.typtype::text AS "typeKind",
       t.typcategory = 'A' AS array, a.attgenerated <> '' AS generated, a.attinhcount > 0 AS inherited
FROM pg_attribute a JOIN base b ON b.type = a.atttypid JOIN pg_type t ON t.oid = b.base
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;

/** A relation with its columns, ready for the exporters. */
export interface SourceTable extends ExportedTable {
  readonly oid: number;
  readonly kind: Relation['kind'];
  /** Leave out the rows of tables that inherit from it: they are exported as tables of their own. */
  readonly only: boolean;
}

/** The columns of the relations. Titles carry the schema as soon as there is more than one. */
export async function sourceTables(client: pg.Client, selected: readonly Relation[]): Promise<SourceTable[]> {
  const { rows } = await client.query<Omit<Column, 'type'> & { relation: string; type: string }>(
    columnsQuery,
    [selected.map(({ oid }) => oid)],
  );
  const columns = Map.groupBy(rows, ({ relation }) => Number(relation));
  const oneSchema = new Set(selected.map(({ schema }) => schema)).size === 1;
  return selected.map(({ oid, schema, name, kind }) => ({
    oid,
    schema,
    name,
    title: oneSchema ? name : `${schema}.${name}`,
    kind,
    only: kind === 'r',
    columns: (columns.get(oid) ?? []).map(({ relation, type, ...column }) => ({
      ...column,
      type: Number(type),
    })),
  }));
}
