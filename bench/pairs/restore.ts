import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pino } from 'pino';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import { openGoogleDrive } from '../../runner/destinations/googleDrive.ts';
import { alternate } from '../alternate.ts';
import { benchBackup } from '../backupInput.ts';
import { expectFact } from '../facts.ts';
import { googleProcess } from '../googleProcess.ts';
import { type Measured, measure } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { BackupInput } from '../programs/backup.ts';
import type { GoogleAddress } from '../programs/google.ts';
import type { RestoreInput } from '../programs/restore.ts';
import { psql } from '../psql.ts';
import { memoryRow, missingRow, ratioRow } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const limit = 1.1;
const mebibytes = 150;
const runs = 5;

/**
 * Sets of A come back from the fake Google into a fresh database; the peer has the same files on its disk. sql: tables, rows and
 * index; csv: the rows alone, into a table that is there with its key.
 */
export const restore: Pair = {
  name: 'restore',
  // Close to the limit: a checkpoint in one of three runs would decide.
  runs,
  async run(bench) {
    const [path, pgDump] = [peer('psql'), peer('pg_dump')];
    const works = { sql: 'restore of A from sql.gz', csv: 'restore of the rows of A from csv' };
    if (path === undefined || pgDump === undefined) {
      return Object.values(works).map((work) => missingRow(work, limit, missingPeer('psql')));
    }
    await using google = await googleProcess(bench, false);
    await backUp(bench, google, pgDump);
    const files = await downloads(bench, google);
    const dump = ['-c', 'gunzip --stdout "$0" | "$1" -X -q -v ON_ERROR_STOP=1 -d "$2"', files.sql, path];
    const fromSQL = await alternate(runs, {
      ours: () => intoFresh(bench, '', (to) => ours(bench, google, { format: 'sql', to })),
      peer: () => intoFresh(bench, '', (to) => measure('/bin/sh', [...dump, to], quiet(bench))),
    });
    const fromCSV = await alternate(runs, {
      ours: () => intoFresh(bench, table, (to) => ours(bench, google, { format: 'csv', to, tables: ['a'] })),
      peer: () =>
        intoFresh(bench, table, (to) =>
          psql(bench, path, to, ['-c', `\\copy a FROM '${files.csv}' (FORMAT csv, HEADER)`]),
        ),
    });
    await bench.folder('restore');
    return [
      ratioRow(works.sql, limit, fromSQL, 'gunzip | psql'),
      memoryRow('memory: that restore', mebibytes, fromSQL.ours),
      ratioRow(works.csv, limit, fromCSV, 'psql \\copy'),
      memoryRow('memory: that restore', mebibytes, fromCSV.ours),
    ];
  },
};

const table = `CREATE TABLE a (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric(12, 2), rate double precision,
  paid boolean, day date, created timestamptz, name text, note text, payload jsonb)`;

const quiet = ({ signal }: Workbench) => ({ env: { ...process.env, PGSSLMODE: 'disable' }, signal });

/** One set of sql and one of csv. */
async function backUp(bench: Workbench, google: GoogleAddress, pgDump: string): Promise<void> {
  const backup = (format: 'sql' | 'csv') =>
    benchBackup({
      formats: [format],
      compression: 'Auto',
      destination: destinationOf(google),
      retention: { minKeep: 9 },
    });
  const input: BackupInput = {
    backups: [backup('sql'), backup('csv')],
    secrets: {
      db: { uri: await bench.uri('a') },
      'drive-oauth': { 'token.json': JSON.stringify(google.credentials) },
    },
  };
  await bench.run('backup', input, { DBBACKUP_GOOGLE_URL: google.url, DBBACKUP_PG_DUMP: pgDump });
}

function destinationOf({ folderID }: GoogleAddress): RestoreInput['destination'] {
  return { googleDrive: { folderID, credentialsSecretRef: { name: 'drive-oauth', key: 'token.json' } } };
}

/** The same files on the disk. */
async function downloads(bench: Workbench, { url, folderID, credentials }: GoogleAddress) {
  const folder = await bench.folder('restore');
  await using drive = await openGoogleDrive({
    folderID,
    credentials: parseGoogleCredentials(Buffer.from(JSON.stringify(credentials)), 'the bench'),
    rootURL: url,
    logger: pino({ level: 'silent' }),
  });
  for (const { id, name } of await drive.list(bench.signal)) {
    await pipeline(Readable.from(drive.read(id, bench.signal)), createWriteStream(join(folder, name)));
  }
  const names = await readdir(folder);
  const file = (end: string) => join(folder, names.find((name) => name.endsWith(end)) ?? '');
  return { sql: file('.sql.gz'), csv: file('.csv') };
}

async function ours(
  bench: Workbench,
  google: GoogleAddress,
  what: Pick<RestoreInput, 'format' | 'to' | 'tables'>,
): Promise<Measured> {
  const input: RestoreInput = {
    ...what,
    destination: destinationOf(google),
    token: JSON.stringify(google.credentials),
  };
  const env = { DBBACKUP_GOOGLE_URL: google.url, DBBACKUP_PSQL: peer('psql') ?? 'psql' };
  const run = await bench.run('restore', input, env);
  expectFact(run.output, 'rows', bench.rowsOf('a'));
  return run;
}

/** Runs one side on a database of its own that has `sql` in it. Both is made and dropped beside the clock. */
async function intoFresh(
  bench: Workbench,
  sql: string,
  run: (to: string) => Promise<Measured>,
): Promise<Measured> {
  const to = await bench.server.createDatabase();
  try {
    if (sql !== '') await bench.server.query(sql, to);
    await bench.server.query('CHECKPOINT');
    return await run(to);
  } finally {
    await bench.server.dropDatabase(to);
  }
}
