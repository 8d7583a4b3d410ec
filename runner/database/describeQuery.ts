import type pg from 'pg';
import type { Client, Connection, DatabaseError, Submittable } from 'pg';
import type { Column } from '../exporters/exporter.ts';

/** A column of a query's result, as RowDescription tells it: domains are their base type there. */
interface DescribedField {
  readonly name: string;
  readonly dataTypeID: number;
}

const typesQuery = `
SELECT oid::int8::text AS oid, typtype::text AS kind, typcategory = 'A' AS array
FROM pg_catalog.pg_type WHERE oid = ANY ($1::oid[])`;

/**
 * The columns that a query would return: it is parsed by the server and not run. Undefined if it returns none, as a command
 * does. Throws pg's DatabaseError, whose words can quote nothing but the query.
 */
export async function describeQuery(client: pg.Client, text: string): Promise<Column[] | undefined> {
  const description = new Description(text);
  client.query(description);
  const fields = await description.fields;
  if (fields === undefined) return undefined;
  const { rows } = await client.query<{ oid: string; kind: string; array: boolean }>(typesQuery, [
    fields.map(({ dataTypeID }) => dataTypeID),
  ]);
  const types = new Map(rows.map(({ oid, kind, array }) => [Number(oid), { kind, array }]));
  return fields.map(({ name, dataTypeID }) => {
    const { kind = 'b', array = false } = types.get(dataTypeID) ?? {};
    return { name, type: dataTypeID, typeKind: kind, array, generated: false };
  });
}

/** Parse, Describe and Sync, as one entry in pg's queue. */
class Description implements Submittable {
  readonly fields: Promise<readonly DescribedField[] | undefined>;
  readonly #text: string;
  readonly #settled = Promise.withResolvers<readonly DescribedField[] | undefined>();
  #found: readonly DescribedField[] | undefined;

  constructor(text: string) {
    this.#text = text;
    this.fields = this.#settled.promise;
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#text, types: [] }, true);
    connection.describe({ type: 'S' }, true);
    connection.sync();
  }

  handleRowDescription(message: { fields: readonly DescribedField[] }): void {
    this.#found = message.fields;
  }

  /** Called by pg for ErrorResponse, after which it calls nothing more, and when the connection is lost. */
  handleError(error: Error | DatabaseError): void {
    this.#settled.reject(error);
  }

  handleReadyForQuery(_connection: Client | Connection): void {
    this.#settled.resolve(this.#found);
  }
}
