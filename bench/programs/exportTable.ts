import { connect } from '../../runner/database/connection.ts';
import { databaseTarget } from '../../runner/database/databaseTarget.ts';
import { streamRows } from '../../runner/database/rowStream.ts';
import { selectedFields, selectStatement } from '../../runner/database/selectStatement.ts';
import { serverOf } from '../../runner/database/server.ts';
import { openSnapshot } from '../../runner/database/snapshot.ts';
import { RowChecksums } from '../../runner/exporters/rowChecksums.ts';
import { rowExporter } from '../../runner/exporters/rowExporter.ts';
import { secretDocuments } from '../../runner/secrets.ts';
import { fileSink } from './fileSink.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: the table public.a of a database as one file, through the runner's own snapshot, row stream and exporter.

export interface ExportTableInput {
  readonly uri: string;
  readonly format: 'csv' | 'json' | 'xlsx';
  readonly file: string;
  /** Whether the checksum of the rows is made, too, as a backup makes it. */
  readonly checksum?: boolean;
}

async function main(): Promise<void> {
  const { uri, format, file, checksum } = benchInput<ExportTableInput>();
  const { signal } = new AbortController();
  const secrets = secretDocuments([{ metadata: { name: 'db' }, stringData: { uri } }]);
  const tables = { include: ['public.a'], exclude: [] };
  const target = await databaseTarget({ secretRef: { name: 'db' }, sslMode: 'disable' }, secrets);
  await using connection = await connect(target, signal);
  const { client } = connection;
  const { version: serverVersion } = await serverOf(client);
  const snapshot = await openSnapshot(client, { tables, serverVersion, everyTable: false }, signal);
  const [table] = snapshot.tables;
  if (table === undefined) throw new Error('there is no table public.a');
  await using sink = await fileSink(file);
  const exporter = rowExporter({ format, tables: 'single', compression: 'None', time: snapshot.time }, sink);
  const withJSON = format === 'json';
  const exporters = checksum ? [exporter, new RowChecksums()] : [exporter];
  for (const each of exporters) await each.beginTable(table);
  const fields = selectedFields(table.columns, withJSON);
  const { rows } = await streamRows(client, selectStatement(table, withJSON), fields, exporters, signal);
  for (const each of exporters) await each.endTable();
  await exporter.end();
  await client.query('COMMIT');
  tellPeak({ rows });
}

main();
