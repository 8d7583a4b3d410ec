import type { Manifest, SetTables } from '../../crds/manifest.ts';
import { openingLines } from '../restoreLines.ts';

/** What an encrypted set keeps from its manifest: everything that names a table, a column or a role. */
export function setTables({ set, tables, database, notes, restore }: Manifest): SetTables {
  const { roles } = database;
  return {
    kind: 'DatabaseBackupTables',
    version: 1,
    set,
    tables,
    ...(roles && { roles }),
    notes,
    restore,
  };
}

/**
 * The manifest of an encrypted set, as it lies there in clear: with files, sums and times, which retention, list and verify
 * need, without names. Which tables have rows it tells by their OIDs.
 */
export function sealedManifest(manifest: Manifest, recipients: readonly string[]): Manifest {
  const { roles, ...database } = manifest.database;
  const oidsOf = (filled: boolean) =>
    manifest.tables.flatMap(({ oid, rows }) => (oid !== undefined && rows > 0 === filled ? [oid] : []));
  return {
    ...manifest,
    database,
    tables: [],
    notes: [],
    restore: openingLines(manifest.files, recipients),
    encryption: {
      method: 'age',
      recipients: [...recipients],
      filledTables: oidsOf(true),
      emptyTables: oidsOf(false),
    },
  };
}
