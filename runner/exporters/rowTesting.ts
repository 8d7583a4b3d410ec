import type { TestContext } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';
import pg, { type Client, type Connection, type Submittable } from 'pg';
import { streamRows } from '../database/rowStream.ts';
import { selectedFields, selectStatement } from '../database/selectStatement.ts';
import { relations, selectRelations, sourceTables } from '../database/tables.ts';
import type { ByteSink, Column, ExportedTable, RowExporter } from './exporter.ts';

/** For tests: a sink that keeps copies of what it is given. */
export class CollectingSink implements ByteSink {
  readonly #parts: Buffer[] = [];

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(Buffer.from(bytes));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

/** For tests: one DataRow message for each row of texts. */
export function dataRows(...rows: (string | Uint8Array | null)[][]): Buffer {
  return Buffer.concat(
    rows.map((row) => {
      const fields = row.map((field) => {
        const bytes = field === null ? Buffer.alloc(0) : Buffer.from(field as string);
        const length = Buffer.alloc(4);
        length.writeInt32BE(field === null ? -1 : bytes.length);
        return Buffer.concat([length, bytes]);
      });
      const header = Buffer.alloc(7);
      header[0] = 0x44;
      header.writeInt32BE(6 + fields.reduce((sum, field) => sum + field.length, 0), 1);
      header.writeUInt16BE(row.length, 5);
      return Buffer.concat([header, ...fields]);
    }),
  );
}

/** For tests: a column of a base type; text if no OID is given. */
export function column(name: string, type = 25, more: Partial<Column> = {}): Column {
  return { name, type, typeKind: 'b', array: false, generated: false, ...more };
}

/** For tests: a table of the schema public. */
export function exportedTable(name: string, columns: readonly Column[]): ExportedTable {
  return { schema: 'public', name, title: name, columns };
}

/** For tests: hands tables with their rows to an exporter, one after another, and ends it. */
export async function exportRows(
  exporter: RowExporter,
  ...tables: [table: ExportedTable, rows: Buffer][]
): Promise<void> {
  for (const [table, rows] of tables) {
    await exporter.beginTable(table);
    if (rows.length > 0) exporter.rows(rows, 0, rows.length);
    await exporter.endTable();
  }
  await exporter.end();
}

/** For tests: exports the tables that the patterns name from a server. */
export async function exportFromServer(
  client: Client,
  exporters: readonly RowExporter[],
  include: string[] = ['public.*'],
): Promise<ExportedTable[]> {
  const { relations: selected } = selectRelations(await relations(client), { include, exclude: [] });
  const tables = await sourceTables(client, selected);
  for (const table of tables) {
    for (const exporter of exporters) await exporter.beginTable(table);
    const fields = selectedFields(table.columns, true);
    await streamRows(client, selectStatement(table, true), fields, exporters, new AbortController().signal);
    for (const exporter of exporters) await exporter.endTable();
  }
  for (const exporter of exporters) await exporter.end();
  return tables;
}

/** For tests: a client that is closed after the test, whatever happened to its database before. */
export async function connectedClient(t: TestContext, config: string | pg.ClientConfig): Promise<Client> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  t.after(() => client.end().catch(() => {}));
  return client;
}

/** For tests: what COPY … TO STDOUT sends. */
export function copyOut(client: Client, sql: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const query = {
      submit: (connection: Connection) => connection.query(sql),
      handleCopyData: ({ chunk }: { chunk: Buffer }) => parts.push(Buffer.from(chunk)),
      handleCommandComplete() {},
      handleReadyForQuery: () => resolve(Buffer.concat(parts)),
      handleError: reject,
    };
    client.query(query as Submittable);
  });
}

/** For tests: feeds bytes to COPY … FROM STDIN. */
export function copyIn(client: Client, sql: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    interface CopyInConnection extends Connection {
      sendCopyFromChunk(bytes: Buffer): void;
      endCopyFrom(): void;
    }
    const query = {
      submit: (connection: Connection) => connection.query(sql),
      handleCopyInResponse(connection: CopyInConnection) {
        connection.sendCopyFromChunk(bytes);
        connection.endCopyFrom();
      },
      handleCommandComplete() {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    client.query(query as Submittable);
  });
}

/** For tests: the entries of a zip archive (no zip64) by name, read as its central directory says, checksums compared. */
export function unzipped(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf('PK\u0005\u0006');
  const entries = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const data = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(data, data + archive.readUInt32LE(at + 20));
    const bytes = archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    if (bytes.length !== archive.readUInt32LE(at + 24) || crc32(bytes) !== archive.readUInt32LE(at + 16)) {
      throw new Error(`${name}: size or checksum is wrong`);
    }
    entries.set(name, bytes);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}
