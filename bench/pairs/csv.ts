import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { ExportTableInput } from '../programs/exportTable.ts';
import { psql } from '../psql.ts';
import { missingRow, ratioRow } from '../row.ts';
import { sameBytes } from '../sameBytes.ts';

const work = 'CSV of A to a file';
const limit = 0.8;

/** The runner's CSV of table A against psql's \copy; the two files must be the same, byte for byte. */
export const csv: Pair = {
  name: 'csv',
  async run(bench) {
    const path = peer('psql');
    if (path === undefined) return [missingRow(work, limit, missingPeer('psql'))];
    const uri = await bench.uri('a');
    const folder = await bench.folder('csv');
    const [ourFile, theirFile] = [join(folder, 'ours.csv'), join(folder, 'psql.csv')];
    const input: ExportTableInput = { uri, format: 'csv', file: ourFile };
    const runs = await alternate(bench.options.runs, {
      ours: async () => {
        const run = await bench.run('exportTable', input);
        expectFact(run.output, 'rows', bench.rowsOf('a'));
        return run;
      },
      peer: () => psql(bench, path, uri, ['-c', `\\copy a TO '${theirFile}' (FORMAT csv, HEADER)`]),
    });
    if (!(await sameBytes(ourFile, theirFile))) throw new Error('our CSV is not that of psql');
    await bench.folder('csv');
    return [ratioRow(work, limit, runs, 'psql \\copy')];
  },
};
