import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formats as all, type Format } from '../../crds/backupSpec.ts';
import { alternate } from '../alternate.ts';
import { benchBackup } from '../backupInput.ts';
import { expectFact } from '../facts.ts';
import type { Measured } from '../measure.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { BackupInput } from '../programs/backup.ts';
import { missingRow, ratioRow } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const work = 'all four formats of A into a directory';
const limit = 0.65;

/** One backup of four formats against four backups of one format each, one after another in one process. */
export const formats: Pair = {
  name: 'formats',
  async run(bench) {
    const pgDump = peer('pg_dump');
    if (pgDump === undefined) return [missingRow(work, limit, missingPeer('pg_dump'))];
    const uri = await bench.uri('a');
    const runs = await alternate(bench.options.runs, {
      ours: () => backups(bench, uri, pgDump, [all]),
      peer: () =>
        backups(
          bench,
          uri,
          pgDump,
          all.map((format) => [format]),
        ),
    });
    await bench.folder('formats');
    return [ratioRow(work, limit, runs, 'one after another')];
  },
};

async function backups(
  bench: Workbench,
  uri: string,
  pgDump: string,
  groups: readonly (readonly Format[])[],
): Promise<Measured> {
  const folder = await bench.folder('formats');
  const jobs = groups.map((group, index) => {
    const path = join(folder, String(index));
    return { path, backup: benchBackup({ formats: [...group], destination: { directory: { path } } }) };
  });
  for (const { path } of jobs) await mkdir(path);
  const input: BackupInput = { backups: jobs.map(({ backup }) => backup), secrets: { db: { uri } } };
  const run = await bench.run('backup', input, { DBBACKUP_PG_DUMP: pgDump });
  expectFact(run.output, 'rows', groups.length * bench.rowsOf('a'));
  return run;
}
