import { BackupError } from '../../crds/failureReason.ts';
import type { ManifestTable } from '../../crds/manifest.ts';
import type { FileFormat } from '../../crds/runReport.ts';
import { type Connection, connect } from '../database/connection.ts';
import { databaseError } from '../database/databaseError.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import { streamTables } from '../database/rowStream.ts';
import { selectedFields, selectStatement } from '../database/selectStatement.ts';
import { serverOf } from '../database/server.ts';
import { openSnapshot } from '../database/snapshot.ts';
import type { SourceTable } from '../database/tables.ts';
import { RowChecksums } from '../exporters/rowChecksums.ts';
import type { RunProgress } from '../progress.ts';
import { keepsRows } from './compareRows.ts';

export interface Contents {
  readonly target: DatabaseTarget;
  /** Of the manifest: those that were restored. */
  readonly tables: readonly ManifestTable[];
  /** That they were restored from. */
  readonly format: FileFormat;
  readonly progress: RunProgress;
}

/**
 * Reads every row of a restored database as a backup reads it, and compares each table with the checksum that the
 * manifest has. Throws ContentDiffers, and what connecting and reading throw. Gives how many tables were compared: those
 * without a checksum, and what is computed (views and the like), are not; nor is what came from json, which does not hold
 * every value (docs/restore.md).
 */
export async function compareContents(contents: Contents, signal: AbortSignal): Promise<number> {
  const { target, tables, format, progress } = contents;
  const expected = new Map(
    tables.flatMap((table) => (table.checksum === undefined ? [] : [[key(table), table] as const])),
  );
  if (expected.size === 0 || format === 'json') return 0;
  await using connection = await connect(target, signal);
  try {
    const there = await readable(connection, signal);
    const compared = there.filter((table) => keepsRows(table.kind) && expected.has(key(table)));
    const sums = new RowChecksums();
    const selects = compared.map((table) => ({
      table,
      sql: selectStatement(table, false),
      fields: selectedFields(table.columns, false),
    }));
    await streamTables(connection.client, selects, [sums], signal, {
      begins(table) {
        progress.table = table.title;
      },
    });
    const different = compared.filter(
      (table, index) => expected.get(key(table))?.checksum !== sums.checksums[index],
    );
    if (different.length > 0) throw differs(different);
    return compared.length;
  } catch (error) {
    signal.throwIfAborted();
    throw databaseError(error, 'comparing the rows');
  }
}

const key = ({ schema, name }: Pick<ManifestTable, 'schema' | 'name'>) => JSON.stringify([schema, name]);

/** With the settings of a backup, which decide what values look like. */
async function readable({ client }: Connection, signal: AbortSignal): Promise<readonly SourceTable[]> {
  const { version: serverVersion } = await serverOf(client);
  const tables = { include: ['*.*'], exclude: [] };
  const snapshot = await openSnapshot(client, { tables, serverVersion, everyTable: false }, signal);
  return snapshot.tables;
}

function differs(tables: readonly SourceTable[]): BackupError {
  const names = tables.slice(0, 5).map(({ schema, name }) => `${schema}.${name}`);
  const more = tables.length > 5 ? ` and ${tables.length - 5} more tables` : '';
  return new BackupError(
    'ContentDiffers',
    `Other values than the backup read are in ${names.join(', ')}${more}, though the number of rows is right.`,
  );
}
