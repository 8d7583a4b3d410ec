import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { SheetSpec } from '../../crds/sheetSpec.ts';
import { databaseError } from '../database/databaseError.ts';
import type { RowCount } from '../database/rowQuery.ts';
import { streamTables } from '../database/rowStream.ts';
import { openSnapshot } from '../database/snapshot.ts';
import type { RowExporter } from '../exporters/exporter.ts';
import { queryError } from './queryError.ts';
import { type SheetSource, sheetSource } from './sheetSource.ts';

export interface SheetsSnapshot {
  /** By the clock of the server. */
  readonly time: Date;
  readonly sources: readonly SheetSource[];
}

export interface SheetsSnapshotOptions {
  readonly sheets: readonly SheetSpec[];
  /** server_version_num. */
  readonly serverVersion: number;
  /** Of each statement. */
  readonly timeoutSeconds: number;
  readonly lockTimeout?: number;
  /** For tests: called when the snapshot was taken and no query was looked at. */
  readonly onTaken?: () => Promise<void>;
}

const mostRestarts = 3;

// What is locked since the snapshot and was truncated, rewritten or made after it would be read as empty, without an error.
const rewritten = `
SELECT FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation'
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (c.oid IS NULL OR c.relfilenode <> 0 AND c.relfilenode <> coalesce(pg_catalog.pg_relation_filenode(c.oid), 0))
LIMIT 1`;

/**
 * One snapshot for all sheets, in a read-only transaction on the client. Tables are locked before it; those of queries become
 * known only in it, so it is taken again (three times) if one of them was rewritten in between. Throws what openSnapshot and
 * sheetSource throw.
 */
export async function openSheetsSnapshot(
  client: pg.Client,
  options: SheetsSnapshotOptions,
  signal: AbortSignal,
): Promise<SheetsSnapshot> {
  const { sheets, serverVersion, timeoutSeconds, lockTimeout } = options;
  const include = sheets.flatMap(({ table }) => table ?? []);
  for (let attempt = 0; attempt <= mostRestarts; attempt++) {
    const { time, tables } = await openSnapshot(
      client,
      {
        ...{ tables: { include, exclude: [] }, serverVersion, everyTable: false },
        ...(lockTimeout !== undefined && { lockTimeout }),
      },
      signal,
    );
    await options.onTaken?.();
    try {
      // Queries find their tables as they do in psql.
      await client.query(
        `SET LOCAL search_path TO DEFAULT; SET LOCAL statement_timeout = '${timeoutSeconds}s'`,
      );
      const sources: SheetSource[] = [];
      for (const sheet of sheets) sources.push(await sheetSource(client, sheet, tables));
      const { rowCount } = await client.query(rewritten);
      if (rowCount === 0) return { time, sources };
      await client.query('ROLLBACK');
    } catch (error) {
      signal.throwIfAborted();
      throw databaseError(error, 'looking at the sheets');
    }
  }
  throw new BackupError(
    'LockTimeout',
    `Tables were made, emptied or rewritten in each of ${mostRestarts + 1} attempts to take a snapshot.`,
  );
}

/** Does what runs a person's query, and undoes what the query set. After an error nothing is undone: the transaction is over. */
export async function undone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('SAVEPOINT sheet');
  const result = await work();
  await client.query('ROLLBACK TO SAVEPOINT sheet');
  return result;
}

/**
 * Reads the rows of a sheet into an exporter. What the query sets (set_config) is undone afterwards. Errors of the server are
 * named, others thrown as they are, and then the client is closed.
 */
export async function readSheet(
  client: pg.Client,
  { sheet, sql, columns, table }: SheetSource,
  exporter: RowExporter,
  signal: AbortSignal,
  arrived: (rows: number) => void = () => {},
): Promise<RowCount> {
  const exported = { schema: '', name: sheet.name, title: sheet.name, columns };
  // With one row more than are wanted we know whether there are more.
  const rows = sheet.mode === 'Replace' && sheet.maxRows !== undefined ? sheet.maxRows + 1 : 0;
  const select = { table: exported, sql, fields: columns.length, extended: { rows } };
  try {
    const [count] = await undone(client, () =>
      streamTables(client, [select], [exporter], signal, { arrived }),
    );
    return count ?? { rows: 0, bytes: 0 };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw table === undefined || isOfView(error)
      ? queryError(error, sheet.name)
      : databaseError(error, `reading table ${sheet.table}`);
  }
}

/** Whether it is what a view or a function in it computes that failed, and not the reading: data, syntax, or an exception of its own. */
function isOfView(error: unknown): boolean {
  return /^(22|25006|42(?!501)|P0)/.test(String((error as { code?: unknown }).code));
}
