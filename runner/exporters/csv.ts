import { ChunkPool } from './chunkPool.ts';
import { ChunkWriter } from './chunkWriter.ts';
import { type CompressedStream, type Compression, compressedStream } from './compression.ts';
import { csvHeader, csvLine } from './csvLine.ts';
import { type CsvLine, csvRows } from './csvRow.ts';
import type { ByteSink, ExportedTable, RowExporter } from './exporter.ts';
import { OrderedOutput } from './orderedOutput.ts';
import { safeFileName, UniqueNames } from './uniqueNames.ts';
import { ZipWriter } from './zip.ts';

/** One table as a plain `.csv`, each byte as COPY writes it. A second table is an error. */
export function csvExporter(sink: ByteSink, compression: Compression): RowExporter {
  const output = new OrderedOutput(sink);
  const pool = new ChunkPool();
  const stream = compressedStream(compression, output, pool);
  let tables = 0;
  return new CsvExporter(output, new ChunkWriter(pool, stream), {
    begin() {
      tables++;
      if (tables > 1) throw new Error('a plain CSV file holds one table; several need csvZipExporter');
    },
    endTable() {},
    end: () => stream.end(),
    notes: [],
  });
}

/** Several tables as a zip archive with one `title.csv` each; `time` is the entries' modification time. */
export function csvZipExporter(sink: ByteSink, time: Date): RowExporter {
  const output = new OrderedOutput(sink);
  const pool = new ChunkPool();
  const zip = new ZipWriter(output, pool, time);
  const names = new UniqueNames();
  const notes: string[] = [];
  const outside = { block: () => {}, end: () => {} };
  let entry: CompressedStream = outside;
  const writer = new ChunkWriter(pool, outside);
  return new CsvExporter(output, writer, {
    begin(table) {
      const name = names.take(safeFileName(table.title));
      if (name !== table.title)
        notes.push(`csv: table ${table.title} is the file ${name}.csv of the archive`);
      entry = zip.entry(`${name}.csv`);
      writer.retarget(entry);
    },
    endTable: () => entry.end(),
    end: () => zip.end(),
    notes,
  });
}

/** Where tables begin and end in the file. */
interface CsvFile {
  begin(table: ExportedTable): void;
  endTable(): void;
  end(): void;
  readonly notes: readonly string[];
}

class CsvExporter implements RowExporter {
  readonly #output: OrderedOutput;
  readonly #writer: ChunkWriter;
  readonly #file: CsvFile;
  #line: CsvLine = { actions: new Uint8Array(0), single: false };

  constructor(output: OrderedOutput, writer: ChunkWriter, file: CsvFile) {
    this.#output = output;
    this.#writer = writer;
    this.#file = file;
  }

  async beginTable(table: ExportedTable): Promise<void> {
    this.#file.begin(table);
    this.#line = csvLine(table.columns);
    csvHeader(table.columns, this.#writer);
    await this.#output.drained();
  }

  rows(buffer: Buffer, start: number, end: number): void {
    this.#output.check();
    csvRows(buffer, start, end, this.#line, this.#writer);
  }

  async endTable(): Promise<void> {
    this.#writer.flush();
    this.#file.endTable();
    await this.#output.drained();
  }

  async end(): Promise<void> {
    this.#file.end();
    await this.#output.finish();
  }

  get outstanding(): number {
    return this.#output.outstanding;
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  get notes(): readonly string[] {
    return this.#file.notes;
  }
}
