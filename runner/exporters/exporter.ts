/** A column of an exported table, in the order of the table. */
export interface Column {
  readonly name: string;
  /** OID of the type, domains resolved to their base type. */
  readonly type: number;
  /** pg_type.typtype of the base type: b base, c composite, e enum, r range, m multirange. */
  readonly typeKind: string;
  /** Whether the base type is an array. */
  readonly array: boolean;
  /** Generated columns are left out of CSV, since COPY FROM refuses them. */
  readonly generated: boolean;
  /** Whether a table that this one inherits from has it too. */
  readonly inherited?: boolean;
}

/** A table (or view) of the run, as every exporter is told about it. */
export interface ExportedTable {
  readonly schema: string;
  readonly name: string;
  /** The key in JSON, sheet and zip entry: the name, or `schema.name` when several schemas are exported. */
  readonly title: string;
  readonly columns: readonly Column[];
}

/** Takes bytes in order. The buffer may be reused once the promise resolves. */
export interface ByteSink {
  write(chunk: Uint8Array): Promise<void>;
}

/**
 * Turns rows into one file. Calls come in the order
 * (beginTable, rows*, endTable)*, end; all but rows wait for back-pressure.
 */
export interface RowExporter {
  beginTable(table: ExportedTable): Promise<void>;
  /**
   * Whole DataRow messages of the protocol (tag, length, field count, fields) lie in buffer[start, end).
   * Synchronous; the buffer is not kept. Fields: all columns in order, then one to_json(column) for each
   * column that `needsJSON` names, if any exporter of the run writes JSON.
   */
  rows(buffer: Buffer, start: number, end: number): void;
  endTable(): Promise<void>;
  end(): Promise<void>;
  /** Chunks that wait for compression or the sink; the reader pauses the socket while it is high. */
  readonly outstanding: number;
  /** Resolves when outstanding is low again; rejects with the first error of the sink. */
  drained(): Promise<void>;
  /** What had to be cut or split, a sentence each: goes into report and manifest. */
  readonly notes: readonly string[];
}
