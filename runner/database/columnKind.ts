import type { Column } from '../exporters/exporter.ts';

/** What the text of a column looks like, as far as an encoder cares. */
export type ColumnKind =
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'float'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'json'
  | 'simple'
  | 'text';

/** Types by OID (pg_type.dat). `simple` is text that never holds a comma, a quote, a backslash at its start or a line break. */
const kinds: ReadonlyMap<number, ColumnKind> = new Map([
  [16, 'boolean'],
  [21, 'integer'],
  [23, 'integer'],
  [20, 'bigint'],
  [1700, 'numeric'],
  [700, 'float'],
  [701, 'float'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [114, 'json'],
  [3802, 'json'],
  [26, 'simple'],
  [1266, 'simple'],
  [1186, 'simple'],
  [2950, 'simple'],
]);

/** The kind of a column's own text; arrays, composites and whatever is unknown count as text. */
export function columnKind(column: Column): ColumnKind {
  if (column.array || column.typeKind !== 'b') return 'text';
  return kinds.get(column.type) ?? 'text';
}

/** int2vector and oidvector: arrays that the catalogue does not call arrays. */
const vectorTypes: ReadonlySet<number> = new Set([22, 30]);
/** OIDs from here on belong to types that somebody created. */
const firstCreatedType = 16384;

/**
 * Whether JSON wants to_json(column) instead of the column's own text: arrays and composites, whose text is a
 * PostgreSQL literal, and created base types (hstore), which may have a cast to json.
 */
export function needsJSON(column: Column): boolean {
  if (column.array || vectorTypes.has(column.type)) return true;
  if (column.typeKind === 'b') return column.type >= firstCreatedType;
  return !['e', 'r', 'm'].includes(column.typeKind);
}
