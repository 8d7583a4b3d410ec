/** How far a run is; the runner writes it, a progress bar or a log line reads it now and then. */
export interface RunProgress {
  stage: string;
  tables: number;
  tablesDone: number;
  /** Title of the table that is being read. */
  table: string;
  rows: number;
  /** By the statistics of the server; 0 where it has none. */
  estimatedRows: number;
  /** Bytes handed to the destination or the staging disk; of a restore, read from the destination. */
  bytes: number;
  /** Of a restore: how many bytes will be read; 0 where that is not known. */
  expectedBytes: number;
}

export function runProgress(): RunProgress {
  return {
    stage: '',
    tables: 0,
    tablesDone: 0,
    table: '',
    rows: 0,
    estimatedRows: 0,
    bytes: 0,
    expectedBytes: 0,
  };
}
