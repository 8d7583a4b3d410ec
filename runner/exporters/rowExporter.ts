import type { Compression } from './compression.ts';
import { csvExporter, csvZipExporter } from './csv.ts';
import type { ByteSink, RowExporter } from './exporter.ts';
import { jsonExporter } from './json.ts';
import { xlsxExporter } from './xlsx.ts';

/** What a file of rows is to be. */
export interface RowFile {
  readonly format: 'csv' | 'json' | 'xlsx';
  /** Whether more than one table follows: CSV is then a zip archive. */
  readonly tables: 'single' | 'several';
  /** Of the whole file; .xlsx and .csv.zip are compressed already and never again. */
  readonly compression: Compression;
  /** Modification time of what lies in archives: the snapshot's. */
  readonly time: Date;
}

/** The exporter that writes such a file to `sink`. */
export function rowExporter({ format, tables, compression, time }: RowFile, sink: ByteSink): RowExporter {
  switch (format) {
    case 'csv':
      return tables === 'single' ? csvExporter(sink, compression) : csvZipExporter(sink, time);
    case 'json':
      return jsonExporter(sink, compression);
    case 'xlsx':
      return xlsxExporter(sink, time);
  }
}
