/** How many rows a file holds of a table, under the name that the table has in the file. */
export interface TableRows {
  readonly name: string;
  readonly rows: number;
}

/** A file whose bytes are as they were written, but are not what its format asks for. The sentence quotes no row. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
}
