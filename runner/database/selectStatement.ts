import type { Column } from '../exporters/exporter.ts';
import { needsJSON } from './columnKind.ts';

/** What a SELECT of a whole table is made of. */
export interface SelectedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Whether to leave out the rows of tables that inherit from this one. */
  readonly only: boolean;
}

/** An identifier as SQL reads it back, whatever it contains. */
export function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The SELECT whose rows the exporters understand: all columns in order and, with JSON, to_json(column) for each
 * column that `needsJSON` names.
 */
export function selectStatement(table: SelectedTable, withJSON: boolean): string {
  const columns = table.columns.map((column) => `t.${quotedIdentifier(column.name)}`);
  const asJSON = withJSON
    ? table.columns
        .filter(needsJSON)
        .map((column) => `pg_catalog.to_json(t.${quotedIdentifier(column.name)})`)
    : [];
  const source = `${table.only ? 'ONLY ' : ''}${quotedIdentifier(table.schema)}.${quotedIdentifier(table.name)}`;
  return `SELECT ${[...columns, ...asJSON].join(', ')} FROM ${source} AS t`;
}

/** How many fields a row of `selectStatement` has. */
export function selectedFields(columns: readonly Column[], withJSON: boolean): number {
  return columns.length + (withJSON ? columns.filter(needsJSON).length : 0);
}
