import type pg from 'pg';
import type { BackupSpec } from '../crds/backupSpec.ts';
import type { ManifestTable } from '../crds/manifest.ts';
import { databaseError } from './database/databaseError.ts';
import type { DatabaseTarget } from './database/databaseTarget.ts';
import { dump, type PgDump } from './database/pgDump.ts';
import { streamTables } from './database/rowStream.ts';
import { selectedFields, selectStatement } from './database/selectStatement.ts';
import type { Snapshot } from './database/snapshot.ts';
import { compressedSink } from './exporters/compressedSink.ts';
import type { RowExporter } from './exporters/exporter.ts';
import { RowChecksums } from './exporters/rowChecksums.ts';
import { rowExporter } from './exporters/rowExporter.ts';
import { fileType } from './fileTypes.ts';
import type { RunProgress } from './progress.ts';
import type { ArtifactSink, SetWriter } from './setWriter.ts';

export interface ExportOptions {
  /** Holds the transaction of the snapshot: the locks are its own, so no read waits behind a migration. */
  readonly client: pg.Client;
  readonly target: DatabaseTarget;
  readonly snapshot: Snapshot;
  readonly spec: BackupSpec;
  /** Undefined: no SQL at all, neither dump nor schema. */
  readonly pgDump: PgDump | undefined;
  readonly writer: SetWriter;
  readonly progress: RunProgress;
}

export interface Exported {
  readonly tables: readonly ManifestTable[];
  /** What had to be cut or split. */
  readonly notes: readonly string[];
}

const lockTimeout = 60_000;

/**
 * Writes every format of the spec from the snapshot: each table is read once and fanned out to the row
 * formats, beside pg_dump. The first failure stops everything else and is thrown; nothing is finished then.
 */
export async function exportSnapshot(options: ExportOptions, signal: AbortSignal): Promise<Exported> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const [rows, sql] = await Promise.allSettled([
    guarded(exportRows(options, either)),
    guarded(exportSQL(options, either)),
  ]);
  // The first error is the cause; what the others say is only that they were stopped.
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  if (rows.status === 'rejected' || sql.status === 'rejected')
    throw new Error('an export failed without an error');
  await finishAll([...rows.value.files, ...sql.value], signal);
  return rows.value;
}

async function exportRows(
  options: ExportOptions,
  signal: AbortSignal,
): Promise<Exported & { files: ArtifactSink[] }> {
  const { spec, snapshot, writer } = options;
  const formats = spec.formats.filter((format) => format !== 'sql');
  const files: ArtifactSink[] = [];
  const exporters: RowExporter[] = [];
  for (const format of formats) {
    const type = fileType(format, spec.compression, snapshot.tables.length);
    const file = await writer.create(format, type.extension, type.contentType);
    files.push(file);
    const tables = snapshot.tables.length === 1 ? 'single' : 'several';
    exporters.push(rowExporter({ format, tables, compression: type.compression, time: snapshot.time }, file));
  }
  const checksums = new RowChecksums();
  const counts =
    exporters.length === 0
      ? await countTables(options)
      : await readTables(options, [...exporters, checksums], signal);
  for (const exporter of exporters) await exporter.end();
  const tables = snapshot.tables.map(({ schema, name, title }, index) => {
    const rows = counts[index];
    if (rows === undefined) throw new Error('a table was not read');
    const checksum = checksums.checksums[index];
    return { schema, name, title, rows, ...(checksum === undefined ? {} : { checksum }) };
  });
  return { tables, notes: exporters.flatMap(({ notes }) => notes), files };
}

/** Reads every table into the exporters and gives the numbers of rows. */
async function readTables(
  { client, snapshot, spec, progress }: ExportOptions,
  exporters: readonly RowExporter[],
  signal: AbortSignal,
): Promise<number[]> {
  const withJSON = spec.formats.includes('json');
  const selects = snapshot.tables.map((table) => ({
    table,
    sql: selectStatement(table, withJSON),
    fields: selectedFields(table.columns, withJSON),
  }));
  try {
    const counts = await streamTables(client, selects, exporters, signal, {
      begins(table) {
        progress.table = table.title;
      },
      arrived(rows) {
        progress.rows = rows;
      },
      ended() {
        progress.tablesDone += 1;
      },
    });
    return counts.map(({ rows }) => rows);
  } catch (error) {
    throw databaseError(error, `reading table ${progress.table}`);
  }
}

/** With sql alone nothing else reads the rows, but report and manifest tell their numbers. */
async function countTables({ client, snapshot, progress }: ExportOptions): Promise<number[]> {
  const counts: number[] = [];
  for (const table of snapshot.tables) {
    progress.table = table.title;
    const statement = selectStatement({ ...table, columns: [] }, false);
    const { rows } = await client
      .query<{ rows: string }>(`SELECT count(*) AS rows FROM (${statement}) AS counted`)
      .catch((error: unknown) => {
        throw databaseError(error, `counting table ${table.title}`);
      });
    counts.push(Number(rows[0]?.rows));
    progress.rows += counts.at(-1) ?? 0;
    progress.tablesDone += 1;
  }
  return counts;
}

async function exportSQL(
  { spec, snapshot, target, pgDump, writer }: ExportOptions,
  signal: AbortSignal,
): Promise<ArtifactSink[]> {
  if (pgDump === undefined) return [];
  const whole = spec.formats.includes('sql');
  const format = whole ? 'sql' : 'schema';
  const type = fileType(format, whole ? spec.compression : 'None', snapshot.tables.length);
  const file = await writer.create(format, type.extension, type.contentType);
  const sink = compressedSink(type.compression, file);
  const facts = { snapshot: snapshot.id, schemaOnly: !whole, withoutRows: snapshot.withoutRows, lockTimeout };
  await dump(pgDump, target, facts, sink, signal);
  await sink.end();
  return [file];
}

// Only now, when everything was read without an error: finishing makes a file real.
async function finishAll(files: readonly ArtifactSink[], signal: AbortSignal): Promise<void> {
  const results = await Promise.allSettled(files.map((file) => file.finish()));
  signal.throwIfAborted();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
