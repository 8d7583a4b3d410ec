import type { Client } from 'pg';
import type { ExportedTable, RowExporter } from '../exporters/exporter.ts';
import { type RowCount, RowQuery, type RowSelect } from './rowQuery.ts';

/** A table with the SELECT of its rows. */
export interface TableSelect<Table extends ExportedTable = ExportedTable> extends RowSelect {
  readonly table: Table;
}

/** Is told how far `streamTables` is. Results come in order: an error belongs to the table that began last. */
export interface TableProgress<Table extends ExportedTable> {
  begins?(table: Table): void;
  /** So many rows of all tables have arrived. */
  arrived?(rows: number): void;
  ended?(table: Table, count: RowCount): void;
}

/**
 * Runs one SELECT and hands its rows, as they lie on the socket, to every exporter, between their beginTable and endTable, which are
 * the caller's. Resolves after ReadyForQuery, when the client can be used again. Throws pg's DatabaseError for an error of the
 * server; whatever else goes wrong (the connection, an exporter, the signal) is thrown as it is and closes the client, since the
 * rest of the rows would have to be read otherwise.
 */
export async function streamRows(
  client: Client,
  sql: string,
  fields: number,
  exporters: readonly RowExporter[],
  signal: AbortSignal,
): Promise<RowCount> {
  const query = new RowQuery(client, [{ sql, fields }], exporters, async () => {});
  const [count] = await run(client, query, signal);
  return count as RowCount;
}

/**
 * Exports tables one after another, beginTable and endTable included, and returns their counts. SELECTs are sent ahead, so that
 * thousands of small tables do not wait for the network each. Errors are those of `streamRows`.
 */
export async function streamTables<Table extends ExportedTable>(
  client: Client,
  selects: readonly TableSelect<Table>[],
  exporters: readonly RowExporter[],
  signal: AbortSignal,
  progress: TableProgress<Table> = {},
): Promise<RowCount[]> {
  let at = 0;
  const begin = async () => {
    const { table } = selects[at] as TableSelect<Table>;
    progress.begins?.(table);
    for (const exporter of exporters) await exporter.beginTable(table);
  };
  const end = async (count: RowCount) => {
    for (const exporter of exporters) await exporter.endTable();
    progress.ended?.((selects[at] as TableSelect<Table>).table, count);
    at++;
  };
  if (selects.length === 0) return [];
  signal.throwIfAborted();
  await begin();
  const between = async (count: RowCount) => {
    await end(count);
    await begin();
  };
  const query = new RowQuery(client, selects, exporters, between, progress.arrived);
  const counts = await run(client, query, signal);
  await end(counts.at(-1) as RowCount);
  return counts;
}

async function run(client: Client, query: RowQuery, signal: AbortSignal): Promise<RowCount[]> {
  signal.throwIfAborted();
  const abort = () => query.fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    client.query(query);
    return await query.finished;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
