import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest, ManifestTable } from '../../crds/manifest.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import { keepsRows } from './compareRows.ts';

/** A column of the target as rows are loaded into it. */
export interface TargetColumn {
  readonly name: string;
  /** As SQL writes it: `numeric(12,2)`, `public.mood[]`. */
  readonly type: string;
  /** OID of the type, domains resolved to their base type. */
  readonly baseType: number;
  readonly generated: boolean;
}

/** A table of the set with the relation of the target that it is loaded into. */
export interface TargetTable extends ManifestTable {
  readonly oid: number;
  readonly kind: string;
  /** `"public"."orders"`. */
  readonly sql: string;
  readonly columns: readonly TargetColumn[];
}

const tablesQuery = `
SELECT v.place, c.oid::int8::text AS oid, c.relkind::text AS kind
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v (schema, name, place)
JOIN pg_catalog.pg_namespace n ON n.nspname = v.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = v.name AND c.relkind IN ('r', 'p', 'm', 'v', 'f')`;

const columnsQuery = `
WITH RECURSIVE base (type, base) AS (
  SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT t.oid, b.base FROM pg_catalog.pg_type t JOIN base b ON b.type = t.typbasetype WHERE t.typtype = 'd'
)
SELECT a.attrelid::int8::text AS relation, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       b.base::int8::text AS "baseType", a.attgenerated <> '' AS generated
FROM pg_catalog.pg_attribute a JOIN base b ON b.type = a.atttypid
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;

/**
 * The tables of a set in the target. To be asked with an empty search_path, so that types carry their schema. Throws
 * RestoreFailed if one is missing.
 */
export async function targetTables(
  client: pg.Client,
  tables: readonly ManifestTable[],
): Promise<TargetTable[]> {
  const { rows } = await client.query<{ place: string; oid: string; kind: string }>(tablesQuery, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
  const found = new Map(rows.map(({ place, oid, kind }) => [Number(place) - 1, { oid: Number(oid), kind }]));
  const missing = tables.filter((_, index) => !found.has(index)).map(({ title }) => title);
  if (missing.length > 0) {
    throw new BackupError('RestoreFailed', `The target has no ${listed(missing)}.`);
  }
  const { rows: columns } = await client.query<TargetColumn & { relation: string; baseType: string }>(
    columnsQuery,
    [rows.map(({ oid }) => oid)],
  );
  const byTable = Map.groupBy(columns, ({ relation }) => Number(relation));
  return tables.map((table, index) => {
    const { oid, kind } = found.get(index) ?? { oid: 0, kind: '' };
    return {
      ...table,
      oid,
      kind,
      sql: `${quotedIdentifier(table.schema)}.${quotedIdentifier(table.name)}`,
      columns: (byTable.get(oid) ?? []).map(({ relation, baseType, ...column }) => ({
        ...column,
        baseType: Number(baseType),
      })),
    };
  });
}

/** The tables of a set that --tables names: `orders`, `shop.orders`, or with * and ?. Throws InvalidSpec. */
export function chosenTables(
  { set, tables }: Pick<Manifest, 'set' | 'tables'>,
  wanted: readonly string[],
): ManifestTable[] {
  const chosen = new Set<ManifestTable>();
  for (const pattern of wanted) {
    const exact = tables.filter(({ schema, name }) => pattern === `${schema}.${name}` || pattern === name);
    const matches =
      exact.length > 0
        ? exact
        : tables.filter(({ schema, name }) => fits(pattern, `${schema}.${name}`) || fits(pattern, name));
    if (matches.length === 0) {
      throw new BackupError(
        'InvalidSpec',
        `Set ${set} has no table ${pattern}; it has ${listed(tables.map(({ title }) => title))}.`,
      );
    }
    const [first, second] = exact;
    if (first && second) {
      const names = exact.map(({ schema, name }) => `${schema}.${name}`);
      throw new BackupError(
        'InvalidSpec',
        `Set ${set} has several tables ${pattern}: write one of ${names.join(', ')}.`,
      );
    }
    for (const table of matches) chosen.add(table);
  }
  return tables.filter((table) => chosen.has(table));
}

function fits(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 'su').test(name);
}

/** Throws TargetNotEmpty unless the tables hold no rows. */
export async function refuseFullTables(client: pg.Client, tables: readonly TargetTable[]): Promise<void> {
  const full: string[] = [];
  for (const { sql, kind, title } of tables) {
    if (!keepsRows(kind)) continue;
    const { rows } = await client.query(`SELECT FROM ${kind === 'r' ? 'ONLY ' : ''}${sql} LIMIT 1`);
    if (rows.length > 0) full.push(title);
  }
  if (full.length === 0) return;
  throw new BackupError(
    'TargetNotEmpty',
    `${listed(full)} ${full.length === 1 ? 'has' : 'have'} rows already.`,
  );
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${first} and ${names.length - 5} more` : first;
}
