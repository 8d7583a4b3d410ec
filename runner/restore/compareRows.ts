import { BackupError } from '../../crds/failureReason.ts';
import { countInWords } from '../../crds/inWords.ts';
import type { ManifestTable } from '../../crds/manifest.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';

const quotedText = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Names of the relations that are there, as a VALUES list of one statement and its answer's order. */
type Named = Pick<ManifestTable, 'schema' | 'name'>;

/** The kinds (pg_class.relkind, empty if there is none) of relations, in their order: one line each. */
export function kindsStatement(tables: readonly Named[]): string {
  const values = tables.map(
    ({ schema, name }, index) => `(${index}, ${quotedText(schema)}, ${quotedText(name)})`,
  );
  return `SELECT coalesce(c.relkind::text, '') AS kind FROM (VALUES ${values.join(', ')}) AS v (place, schema, name)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = v.schema
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = v.name AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
ORDER BY v.place`;
}

/** The number of rows of one relation, of a table without those that inherit from it: as a backup counts them. */
export function countStatement({ schema, name }: Named, kind: string): string {
  const only = kind === 'r' ? 'ONLY ' : '';
  return `SELECT pg_catalog.count(*) AS rows FROM ${only}${quotedIdentifier(schema)}.${quotedIdentifier(name)}`;
}

/** Whether a backup's rows of such a relation are stored in it, and so come back. */
export function keepsRows(kind: string): boolean {
  return kind === 'r' || kind === 'p';
}

export interface CountedTable extends ManifestTable {
  readonly kind: string;
  /** Rows after the restore. */
  readonly found: number;
}

/**
 * Throws RowsDiffer if a table has other rows than the manifest tells. Of what is computed (views and the like) the
 * differences come back as notes: its rows are those of now.
 */
export function compareRows(tables: readonly CountedTable[]): string[] {
  const different = tables.filter(({ rows, found }) => rows !== found);
  const sentence = ({ title, rows, found }: CountedTable) =>
    `${title} has ${countInWords(found)} rows instead of ${countInWords(rows)}`;
  const wrong = different.filter(({ kind }) => keepsRows(kind));
  if (wrong.length > 0) {
    const more = wrong.length > 5 ? ` and ${wrong.length - 5} more tables differ` : '';
    throw new BackupError('RowsDiffer', `${wrong.slice(0, 5).map(sentence).join(', ')}${more}.`);
  }
  return different.map((table) => `${sentence(table)}: it is computed anew.`);
}
