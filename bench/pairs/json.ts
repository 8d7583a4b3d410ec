import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import type { Pair } from '../pair.ts';
import { missingPeer, peer } from '../peers.ts';
import type { ExportTableInput } from '../programs/exportTable.ts';
import { psql } from '../psql.ts';
import { missingRow, ratioRow } from '../row.ts';

const work = 'JSON of A to a file';
const limit = 0.5;

/** The runner's JSON of table A against row_to_json on the server, written by psql's \copy: its fastest way to a file. */
export const json: Pair = {
  name: 'json',
  async run(bench) {
    const path = peer('psql');
    if (path === undefined) return [missingRow(work, limit, missingPeer('psql'))];
    const uri = await bench.uri('a');
    const folder = await bench.folder('json');
    const input: ExportTableInput = { uri, format: 'json', file: join(folder, 'ours.json') };
    const copy = `\\copy (SELECT row_to_json(a) FROM a) TO '${join(folder, 'psql.json')}'`;
    const runs = await alternate(bench.options.runs, {
      ours: async () => {
        const run = await bench.run('exportTable', input);
        expectFact(run.output, 'rows', bench.rowsOf('a'));
        return run;
      },
      peer: () => psql(bench, path, uri, ['-c', copy]),
    });
    await bench.folder('json');
    return [ratioRow(work, limit, runs, 'psql row_to_json')];
  },
};
