import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest, ManifestFile } from '../../crds/manifest.ts';

/** What of a set a restore reads. */
export type RestoreSource =
  | { readonly kind: 'sql'; readonly file: ManifestFile }
  /** Without schema: into tables that are there. */
  | { readonly kind: 'rows'; readonly schema: ManifestFile | undefined; readonly file: ManifestFile };

/**
 * Chooses what to read: for a whole database sql, else the schema with csv or json; for single tables csv or json,
 * json only where there is no csv. Throws InvalidSpec: xlsx is no source.
 */
export function restoreSource(
  { set, files }: Pick<Manifest, 'set' | 'files'>,
  tablesOnly: boolean,
): RestoreSource {
  const of = (format: string) => files.find((file) => file.format === format);
  const [sql, schema, rows] = [of('sql'), of('schema'), of('csv') ?? of('json')];
  const refuse = (why: string): never => {
    const there = [...new Set(files.map(({ format }) => format))].join(', ');
    const xlsx = of('xlsx') ? ' Excel files are no source: they hold cut texts and rounded numbers.' : '';
    throw new BackupError('InvalidSpec', `Set ${set} has ${there}: ${why}${xlsx}`);
  };
  if (!tablesOnly && sql) return { kind: 'sql', file: sql };
  if (rows === undefined) {
    return refuse(
      tablesOnly
        ? 'rows of single tables come from csv or json. Restore the sql into a database of its own, and copy the table from there.'
        : 'there is nothing to restore rows from.',
    );
  }
  if (tablesOnly) return { kind: 'rows', schema: undefined, file: rows };
  if (schema === undefined) {
    return refuse(
      "the definition of the tables is missing. Make the tables in the target, and restore their rows alone, with --tables '*' (spec.tables: ['*']).",
    );
  }
  return { kind: 'rows', schema, file: rows };
}
