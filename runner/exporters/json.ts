import { type ColumnKind, columnKind, needsJSON } from '../database/columnKind.ts';
import { ChunkPool } from './chunkPool.ts';
import { ChunkWriter } from './chunkWriter.ts';
import { type CompressedStream, type Compression, compressedStream } from './compression.ts';
import { constantBytes } from './constantBytes.ts';
import type { ByteSink, Column, ExportedTable, RowExporter } from './exporter.ts';
import { type JSONObject, jsonAction, jsonRows } from './jsonRow.ts';
import { OrderedOutput } from './orderedOutput.ts';
import { UniqueNames } from './uniqueNames.ts';

const actions: Readonly<Record<ColumnKind, number>> = {
  boolean: jsonAction.boolean,
  integer: jsonAction.copy,
  bigint: jsonAction.copy,
  numeric: jsonAction.number,
  float: jsonAction.number,
  date: jsonAction.quote,
  time: jsonAction.quote,
  timestamp: jsonAction.timestamp,
  timestamptz: jsonAction.timestamptz,
  json: jsonAction.copy,
  simple: jsonAction.quote,
  text: jsonAction.escape,
};

function jsonObject(columns: readonly Column[]): JSONObject {
  const keys = columns.map(({ name }, index) =>
    constantBytes(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
  );
  return {
    actions: Uint8Array.from(columns, (column) =>
      needsJSON(column) ? jsonAction.extra : actions[columnKind(column)],
    ),
    keys,
    keyBytes: keys.reduce((sum, key) => sum + key.length, 0),
  };
}

/** All tables as one JSON document, `{"title": [{"column": value, …}, …], …}`, a line for each row. */
export function jsonExporter(sink: ByteSink, compression: Compression): RowExporter {
  return new JSONExporter(sink, compression);
}

class JSONExporter implements RowExporter {
  readonly #output: OrderedOutput;
  readonly #stream: CompressedStream;
  readonly #writer: ChunkWriter;
  readonly #names = new UniqueNames();
  readonly notes: string[] = [];
  #tables = 0;
  #firstRow = true;
  #object: JSONObject = jsonObject([]);

  constructor(sink: ByteSink, compression: Compression) {
    const pool = new ChunkPool();
    this.#output = new OrderedOutput(sink);
    this.#stream = compressedStream(compression, this.#output, pool);
    this.#writer = new ChunkWriter(pool, this.#stream);
  }

  async beginTable(table: ExportedTable): Promise<void> {
    const key = this.#names.take(table.title);
    if (key !== table.title) this.notes.push(`json: the table ${table.title} is under the key ${key}`);
    this.#writer.text(`${this.#tables === 0 ? '{' : ','}\n${JSON.stringify(key)}:[`);
    this.#tables++;
    this.#firstRow = true;
    this.#object = jsonObject(table.columns);
    await this.#output.drained();
  }

  rows(buffer: Buffer, start: number, end: number): void {
    this.#output.check();
    jsonRows(buffer, start, end, this.#object, this.#firstRow, this.#writer);
    this.#firstRow = false;
  }

  async endTable(): Promise<void> {
    this.#writer.text(this.#firstRow ? ']' : '\n]');
    await this.#output.drained();
  }

  async end(): Promise<void> {
    this.#writer.text(this.#tables === 0 ? '{}\n' : '\n}\n');
    this.#writer.flush();
    this.#stream.end();
    await this.#output.finish();
  }

  get outstanding(): number {
    return this.#output.outstanding;
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }
}
