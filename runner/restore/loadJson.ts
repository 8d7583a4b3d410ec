import type pg from 'pg';
import { quotedIdentifier } from '../database/selectStatement.ts';
import type { TargetTable } from './targetTables.ts';

const batchBytes = 1024 * 1024;
const batchRows = 5000;

/** int2vector and oidvector: JSON has them as arrays, their own text has blanks between the numbers. */
const vectorTypes: ReadonlySet<number> = new Set([22, 30]);

/** Inserts rows that are JSON objects, in batches; the caller ends a table by `flush`. */
export class JSONLoader {
  readonly #client: pg.Client;
  readonly #sql: string;
  #batch: Uint8Array[] = [];
  #bytes = 0;
  #rows = 0;

  constructor(client: pg.Client, table: Pick<TargetTable, 'sql' | 'columns'>) {
    this.#client = client;
    this.#sql = insertStatement(table);
  }

  async add(rows: readonly Buffer[]): Promise<void> {
    for (const row of rows) {
      this.#batch.push(this.#batch.length === 0 ? Buffer.from('[') : Buffer.from(','), row);
      this.#bytes += row.length;
      this.#rows++;
      if (this.#bytes >= batchBytes || this.#batch.length >= 2 * batchRows) await this.#send();
    }
  }

  /** Gives the number of rows of the table. */
  async flush(): Promise<number> {
    await this.#send();
    return this.#rows;
  }

  async #send(): Promise<void> {
    if (this.#batch.length === 0) return;
    const values = Buffer.concat([...this.#batch, Buffer.from(']')]);
    this.#batch = [];
    this.#bytes = 0;
    // A Buffer goes as it is: json's binary form is its text.
    await this.#client.query({ text: this.#sql, values: [values] });
  }
}

function insertStatement({ sql, columns }: Pick<TargetTable, 'sql' | 'columns'>): string {
  const written = columns.filter(({ generated }) => !generated);
  if (written.length === 0) return `INSERT INTO ${sql} SELECT FROM pg_catalog.json_array_elements($1::json)`;
  const names = written.map(({ name }) => quotedIdentifier(name));
  const fields = written.map(({ name, type, baseType }) => {
    return `${quotedIdentifier(name)} ${vectorTypes.has(baseType) ? 'text' : type}`;
  });
  const values = written.map(({ type, baseType }, index) =>
    vectorTypes.has(baseType) ? `translate(r.${names[index]}, '[,]', ' ')::${type}` : `r.${names[index]}`,
  );
  return `INSERT INTO ${sql} (${names.join(', ')}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')}
FROM pg_catalog.json_to_recordset($1::json) AS r (${fields.join(', ')})`;
}
