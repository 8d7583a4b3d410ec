import type { Compression as CompressionSpec, Format } from '../crds/backupSpec.ts';
import type { Compression } from './exporters/compression.ts';

/** How one file of a set is named and written. */
export interface FileType {
  readonly extension: string;
  readonly contentType: string;
  /** None for containers that compress inside (.xlsx, .csv.zip). */
  readonly compression: Compression;
}

const suffix: Record<Compression, string> = { None: '', Gzip: '.gz', Zstd: '.zst' };
const compressedType: Record<Compression, string | undefined> = {
  None: undefined,
  Gzip: 'application/gzip',
  Zstd: 'application/zstd',
};

/** The type of a format's file: several tables as CSV are a zip archive, one is a plain file. */
export function fileType(format: Format | 'schema', compression: CompressionSpec, tables: number): FileType {
  if (format === 'xlsx') {
    const contentType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    return { extension: '.xlsx', contentType, compression: 'None' };
  }
  if (format === 'csv' && tables !== 1) {
    return { extension: '.csv.zip', contentType: 'application/zip', compression: 'None' };
  }
  const chosen = compression === 'Auto' ? (format === 'sql' ? 'Gzip' : 'None') : compression;
  const [extension, contentType] = plain[format];
  return {
    extension: extension + suffix[chosen],
    contentType: compressedType[chosen] ?? contentType,
    compression: chosen,
  };
}

const plain = {
  csv: ['.csv', 'text/csv'],
  json: ['.json', 'application/json'],
  sql: ['.sql', 'application/sql'],
  schema: ['.schema.sql', 'application/sql'],
} as const;
