import type pg from 'pg';
import type { BackupSpec, Format } from '../crds/backupSpec.ts';
import type { ManifestTable } from '../crds/manifest.ts';
import { databaseError } from './database/databaseError.ts';
import type { DatabaseTarget } from './database/databaseTarget.ts';
import { dump, type PgDump } from './database/pgDump.ts';
import { streamRows } from './database/rowStream.ts';
import { selectedFields, selectStatement } from './database/selectStatement.ts';
import type { Snapshot } from './database/snapshot.ts';
import { compressedSink } from './exporters/compressedSink.ts';
import type { RowExporter } from './exporters/exporter.ts';
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
  const { spec, snapshot, writer, progress } = options;
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
  const tables: ManifestTable[] = [];
  for (const table of snapshot.tables) {
    progress.table = table.title;
    const rows = await exportTable(options, table, formats, exporters, signal);
    tables.push({ schema: table.schema, name: table.name, title: table.title, rows });
    progress.tablesDone += 1;
  }
  for (const exporter of exporters) await exporter.end();
  return { tables, notes: exporters.flatMap(({ notes }) => notes), files };
}

async function exportTable(
  { client, progress }: ExportOptions,
  table: Snapshot['tables'][number],
  formats: readonly Format[],
  exporters: readonly RowExporter[],
  signal: AbortSignal,
): Promise<number> {
  const withJSON = formats.includes('json');
  for (const exporter of exporters) await exporter.beginTable(table);
  const before = progress.rows;
  try {
    const { rows } =
      exporters.length === 0
        ? await countRows(client, table)
        : await streamRows(
            client,
            selectStatement(table, withJSON),
            selectedFields(table.columns, withJSON),
            exporters,
            signal,
          );
    progress.rows = before + rows;
    for (const exporter of exporters) await exporter.endTable();
    return rows;
  } catch (error) {
    throw databaseError(error, `reading table ${table.title}`);
  }
}

/** With sql alone nothing else reads the rows, but report and manifest tell their number. */
async function countRows(client: pg.Client, table: Snapshot['tables'][number]): Promise<{ rows: number }> {
  const statement = selectStatement({ ...table, columns: [] }, false);
  const { rows } = await client.query<{ rows: string }>(
    `SELECT count(*) AS rows FROM (${statement}) AS counted`,
  );
  return { rows: Number(rows[0]?.rows) };
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
