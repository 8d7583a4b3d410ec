import { type ColumnKind, columnKind } from '../database/columnKind.ts';
import type { ChunkWriter } from './chunkWriter.ts';
import { type CsvLine, csvAction, csvField } from './csvRow.ts';
import type { Column } from './exporter.ts';

/** Kinds whose text never holds what COPY quotes, with the session settings of a run (DateStyle ISO). */
const plainKinds: ReadonlySet<ColumnKind> = new Set([
  'boolean',
  'integer',
  'bigint',
  'numeric',
  'float',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'simple',
]);

/** How rows of these columns become lines. Generated columns are left out, as COPY leaves them out. */
export function csvLine(columns: readonly Column[]): CsvLine {
  const actions = Uint8Array.from(columns, (column) => {
    if (column.generated) return csvAction.skip;
    return plainKinds.has(columnKind(column)) ? csvAction.copy : csvAction.quote;
  });
  return { actions, single: actions.filter((action) => action !== csvAction.skip).length === 1 };
}

/** Writes the header line, as COPY … HEADER does. */
export function csvHeader(columns: readonly Column[], writer: ChunkWriter): void {
  const names = columns.filter((column) => !column.generated).map((column) => column.name);
  names.forEach((name, index) => {
    if (index > 0) writer.text(',');
    const bytes = Buffer.from(name);
    writer.ensure(2 * bytes.length + 2);
    if (names.length === 1 && name === '\\.') writer.text('"\\."');
    else writer.position = csvField(bytes, 0, bytes.length, writer.buffer, writer.position);
  });
  writer.text('\n');
}
