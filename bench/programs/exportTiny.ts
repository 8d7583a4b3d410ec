import type { BackupSpec } from '../../crds/backupSpec.ts';
import { connect } from '../../runner/database/connection.ts';
import { databaseTarget } from '../../runner/database/databaseTarget.ts';
import { serverOf } from '../../runner/database/server.ts';
import { openSnapshot } from '../../runner/database/snapshot.ts';
import { openDirectory } from '../../runner/destinations/directory.ts';
import { exportSnapshot } from '../../runner/exportSnapshot.ts';
import { runProgress } from '../../runner/progress.ts';
import { secretDocuments } from '../../runner/secrets.ts';
import { SetWriter } from '../../runner/setWriter.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: every table of a database as CSV, XLSX and JSON into a folder, from locking the tables to the files' names. No pg_dump.

export interface ExportTinyInput {
  readonly uri: string;
  readonly directory: string;
  /** A whole spec, defaults filled in. */
  readonly spec: BackupSpec;
}

async function main(): Promise<void> {
  const { uri, directory, spec } = benchInput<ExportTinyInput>();
  const { signal } = new AbortController();
  const secrets = secretDocuments([{ metadata: { name: 'db' }, stringData: { uri } }]);
  const target = await databaseTarget(spec.database, secrets);
  await using connection = await connect(target, signal);
  const { client } = connection;
  const { version: serverVersion } = await serverOf(client);
  const snapshot = await openSnapshot(
    client,
    { tables: spec.database.tables, serverVersion, everyTable: false },
    signal,
  );
  await using destination = await openDirectory({ path: directory });
  const progress = runProgress();
  const tags = { owner: 'bench', set: 'bench', deadline: new Date(Date.now() + 3_600_000).toISOString() };
  await using writer = new SetWriter({ destination, tags, progress }, signal);
  const options = { client, target, snapshot, spec, pgDump: undefined, writer, progress };
  const { tables } = await exportSnapshot(options, signal);
  await client.query('COMMIT');
  tellPeak({ rows: tables.reduce((sum, { rows }) => sum + rows, 0), tables: tables.length });
}

main();
