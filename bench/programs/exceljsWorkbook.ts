import ExcelJS from 'exceljs';
import pg from 'pg';
import { benchInput, tellPeak } from './peakMemory.ts';

// The peer of XLSX: exceljs' streaming writer, fed by a cursor of pg in batches. Numbers and dates are cells of their type, as
// in our own workbook; JSON stays text.

export interface ExceljsInput {
  readonly uri: string;
  readonly file: string;
}

async function main(): Promise<void> {
  const { uri, file } = benchInput<ExceljsInput>();
  const { builtins } = pg.types;
  pg.types.setTypeParser(builtins.JSONB, (text) => text);
  pg.types.setTypeParser(builtins.INT8, Number);
  pg.types.setTypeParser(builtins.NUMERIC, Number);
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query('DECLARE rows NO SCROLL CURSOR FOR SELECT * FROM a');
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: file });
  const sheet = workbook.addWorksheet('a');
  let rows = 0;
  for (;;) {
    const batch = await client.query({ text: 'FETCH 5000 FROM rows', rowMode: 'array' });
    if (rows === 0) sheet.addRow(batch.fields.map(({ name }) => name)).commit();
    if (batch.rows.length === 0) break;
    for (const row of batch.rows) sheet.addRow(row).commit();
    rows += batch.rows.length;
  }
  sheet.commit();
  await workbook.commit();
  await client.end();
  tellPeak({ rows });
}

main();
