import type { Duplex } from 'node:stream';
import type { Client, Connection, DatabaseError, Submittable } from 'pg';
import type { RowExporter } from '../exporters/exporter.ts';
import { releaseMemory } from '../exporters/releaseMemory.ts';
import { MessageFrames } from './messageFrames.ts';

/** What a stream of rows was. */
export interface StreamedRows {
  readonly rows: number;
  /** Bytes of the DataRow messages. */
  readonly bytes: number;
  readonly seconds: number;
}

/** The socket is paused while any exporter has so many chunks outstanding. */
const highMark = 8;
const readyForQuery = 0x5a;

/**
 * Runs one SELECT and hands its rows, as they lie on the socket, to every exporter. Resolves after ReadyForQuery, when the client
 * can be used again. Throws pg's DatabaseError for an error of the server; whatever else goes wrong (the connection, an exporter, the
 * signal) is thrown as it is and closes the client, since the rest of the rows would have to be read otherwise.
 * `sql` must be a statement of ours: the simple protocol takes several at once. `fields` is how many it has to select.
 */
export async function streamRows(
  client: Client,
  sql: string,
  fields: number,
  exporters: readonly RowExporter[],
  signal: AbortSignal,
): Promise<StreamedRows> {
  signal.throwIfAborted();
  const started = performance.now();
  const query = new RowQuery(client, sql, fields, exporters);
  const abort = () => query.fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    client.query(query);
    const { rows, bytes } = await query.finished;
    return { rows, bytes, seconds: (performance.now() - started) / 1000 };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * A query in pg's queue that reads the socket itself: rows go to the exporters, every other message to pg's own parser, which
 * calls the handle… methods.
 */
class RowQuery implements Submittable {
  readonly finished: Promise<{ rows: number; bytes: number }>;
  readonly #client: Client;
  readonly #sql: string;
  readonly #fields: number;
  readonly #exporters: readonly RowExporter[];
  readonly #frames: MessageFrames;
  readonly #settled = Promise.withResolvers<{ rows: number; bytes: number }>();
  #listeners: ((data: Buffer) => void)[] = [];
  #stream: Duplex | undefined;
  #done = false;
  #error: unknown;
  #reportedRows = -1;
  /** pg's own timer of `query_timeout` stops when this is called. */
  callback: ((error: unknown) => void) | undefined;

  constructor(client: Client, sql: string, fields: number, exporters: readonly RowExporter[]) {
    this.#client = client;
    this.#sql = sql;
    this.#fields = fields;
    this.#exporters = exporters;
    this.#frames = new MessageFrames({
      rows: (buffer, start, end) => {
        for (const exporter of this.#exporters) exporter.rows(buffer, start, end);
      },
      message: (message, rest) => this.#message(message, rest),
    });
    this.finished = this.#settled.promise;
    // The caller awaits `finished` a moment later than fail may reject it.
    this.finished.catch(() => {});
  }

  submit(connection: Connection): void {
    if (this.#done) return;
    const stream = connection.stream;
    this.#stream = stream;
    this.#listeners = stream.listeners('data') as ((data: Buffer) => void)[];
    stream.on('data', this.#data);
    for (const listener of this.#listeners) stream.off('data', listener);
    stream.on('error', this.#streamError);
    stream.on('close', this.#streamClosed);
    connection.query(this.#sql);
  }

  /** Ends the query with an error and closes the client. */
  fail(error: unknown): void {
    if (this.#done) return;
    this.#settle(error);
    // end() before destroy(): pg then knows that the loss of the connection is wanted.
    this.#client.end().catch(() => {});
    this.#stream?.destroy();
  }

  handleRowDescription(message: { fields: readonly unknown[] }): void {
    const { length } = message.fields;
    if (length !== this.#fields) {
      this.fail(new Error(`the SELECT returns ${length} fields instead of the expected ${this.#fields}`));
    }
  }

  handleCommandComplete(message: { text: string }): void {
    this.#reportedRows = Number(message.text.split(' ').at(-1));
  }

  /** Called by pg for ErrorResponse (ReadyForQuery follows) and when the connection is lost (close follows). */
  handleError(error: Error | DatabaseError): void {
    this.#error ??= error;
    if (this.#stream === undefined) this.#settle(error);
  }

  handleReadyForQuery(): void {}

  #settle(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#giveBack();
    this.callback?.(error);
    if (error !== undefined) this.#settled.reject(error);
    else this.#settled.resolve({ rows: this.#frames.rows, bytes: this.#frames.rowBytes });
  }

  #giveBack(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    for (const listener of this.#listeners) stream.on('data', listener);
    stream.off('data', this.#data);
    stream.off('error', this.#streamError);
    stream.off('close', this.#streamClosed);
  }

  readonly #data = (chunk: Buffer): void => {
    try {
      this.#frames.push(chunk);
      // Once ReadyForQuery was in it, pg may have kept the rest.
      if (!this.#done) releaseMemory(chunk);
    } catch (error) {
      this.fail(error);
    }
    if (!this.#done && this.#exporters.some((exporter) => exporter.outstanding >= highMark)) this.#pause();
  };

  #pause(): void {
    this.#stream?.pause();
    Promise.all(this.#exporters.map((exporter) => exporter.drained())).then(
      () => this.#done || this.#stream?.resume(),
      (error) => this.fail(error),
    );
  }

  /** Returns whether the frames go on; after ReadyForQuery what follows belongs to pg. */
  #message(message: Buffer, rest: Buffer): boolean {
    if (message[0] !== readyForQuery) {
      this.#toClient(message);
      return !this.#done;
    }
    const { rows } = this.#frames;
    if (this.#error === undefined && this.#reportedRows !== rows) {
      this.#error = new Error(`the server reports ${this.#reportedRows} rows, but ${rows} arrived`);
    }
    this.#settle(this.#error);
    this.#toClient(message);
    if (rest.length > 0) this.#toClient(rest);
    return false;
  }

  #toClient(bytes: Buffer): void {
    for (const listener of this.#listeners) listener.call(this.#stream, bytes);
  }

  readonly #streamError = (error: Error): void => {
    this.#error ??= error;
  };

  readonly #streamClosed = (): void => {
    // A server that shuts down says so before it closes; that is the better reason.
    const said = this.#error instanceof Error && 'severity' in this.#error;
    this.#settle(
      said
        ? this.#error
        : new Error('Connection terminated while rows were being read', { cause: this.#error }),
    );
  };
}
