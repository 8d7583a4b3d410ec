import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import type { Pair } from '../pair.ts';
import type { ExceljsInput } from '../programs/exceljsWorkbook.ts';
import type { ExportTableInput } from '../programs/exportTable.ts';
import { ratioRow } from '../row.ts';

/** The runner's workbook of 200,000 rows against exceljs' streaming WorkbookWriter; both read the database too. */
export const xlsx: Pair = {
  name: 'xlsx',
  async run(bench) {
    const uri = await bench.uri('small');
    const rows = bench.rowsOf('small');
    const folder = await bench.folder('xlsx');
    const ours: ExportTableInput = { uri, format: 'xlsx', file: join(folder, 'ours.xlsx') };
    const theirs: ExceljsInput = { uri, file: join(folder, 'exceljs.xlsx') };
    const runs = await alternate(bench.options.runs, {
      ours: async () => {
        const run = await bench.run('exportTable', ours);
        expectFact(run.output, 'rows', rows);
        return run;
      },
      peer: async () => {
        const run = await bench.run('exceljsWorkbook', theirs);
        expectFact(run.output, 'rows', rows);
        return run;
      },
    });
    await bench.folder('xlsx');
    return [ratioRow(`XLSX of ${rows.toLocaleString('en')} rows to a file`, 0.2, runs, 'exceljs')];
  },
};
