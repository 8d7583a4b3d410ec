import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import type { Pair } from '../pair.ts';
import type { ExportTableInput } from '../programs/exportTable.ts';
import { ratioRow } from '../row.ts';

const work = 'CSV of A with the checksum of its rows';
const limit = 1.05;
const runs = 7;

/** The runner's CSV of table A with the checksum of its rows, as a backup makes it, against the same without. */
export const checksum: Pair = {
  name: 'checksum',
  // The limit lies within what two runs of the same program differ.
  runs,
  async run(bench) {
    const uri = await bench.uri('a');
    const folder = await bench.folder('checksum');
    const exported = (name: string, checksum: boolean) => async () => {
      const input: ExportTableInput = { uri, format: 'csv', file: join(folder, name), checksum };
      const run = await bench.run('exportTable', input);
      expectFact(run.output, 'rows', bench.rowsOf('a'));
      return run;
    };
    const measured = await alternate(runs, {
      ours: exported('with.csv', true),
      peer: exported('without.csv', false),
    });
    await bench.folder('checksum');
    return [ratioRow(work, limit, measured, 'without')];
  },
};
