import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { benchBackup } from '../backupInput.ts';
import { expectFact } from '../facts.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { ExportTinyInput } from '../programs/exportTiny.ts';
import { psql } from '../psql.ts';
import { missingRow, ratioRow } from '../row.ts';
import { tinySelects, tinyTables } from '../tables.ts';

const work = `${tinyTables.toLocaleString('en')} tiny tables as CSV, XLSX and JSON`;
const limit = 1.5;

/** Many tables in three formats against the same SELECTs from a file in one psql, whose output goes to a file. */
export const tiny: Pair = {
  name: 'tiny',
  async run(bench) {
    const path = peer('psql');
    if (path === undefined) return [missingRow(work, limit, missingPeer('psql'))];
    const uri = await bench.uri('tiny');
    const selects = join(await bench.folder('selects'), 'selects.sql');
    await writeFile(selects, tinySelects());
    const runs = await alternate(bench.options.runs, {
      ours: async () => {
        const directory = await bench.folder('tiny');
        const { spec } = benchBackup({
          formats: ['csv', 'xlsx', 'json'],
          destination: { directory: { path: directory } },
        });
        const input: ExportTinyInput = { uri, directory, spec };
        const run = await bench.run('exportTiny', input);
        expectFact(run.output, 'tables', tinyTables);
        expectFact(run.output, 'rows', 10 * tinyTables);
        return run;
      },
      peer: async () => {
        const output = join(await bench.folder('tiny'), 'psql.txt');
        return psql(bench, path, uri, ['-A', '-t', '-f', selects, '-o', output]);
      },
    });
    return [ratioRow(work, limit, runs, 'psql')];
  },
};
