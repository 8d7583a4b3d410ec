import type { Duplex } from 'node:stream';
import type { Client, Connection, DatabaseError, Submittable } from 'pg';
import type { RowExporter } from '../exporters/exporter.ts';
import { releaseMemory } from '../exporters/releaseMemory.ts';
import { MessageFrames } from './messageFrames.ts';

/** A SELECT, and how many fields it has to have. */
export interface RowSelect {
  readonly sql: string;
  readonly fields: number;
  /**
   * For a query that a person wrote: by the extended protocol, since the simple one takes several statements at once. At most
   * so many of its rows are read; 0: all.
   */
  readonly extended?: { readonly rows: number };
}

/** What a SELECT gave: its rows, and the bytes of their DataRow messages. */
export interface RowCount {
  readonly rows: number;
  readonly bytes: number;
}

/** The socket is paused while any exporter has so many chunks outstanding. */
const highMark = 4;
/** Statements that are sent before their turn, so that small tables do not cost a round trip each. */
const sentAhead = 16;
const readyForQuery = 0x5a;

/**
 * One entry in pg's queue that runs SELECTs one after another and reads the socket itself: rows go to the exporters, every other
 * message to pg's own parser, which calls the handle… methods. pg sees the last ReadyForQuery alone.
 */
export class RowQuery implements Submittable {
  /** The counts of all SELECTs; rejects with the first error. */
  readonly finished: Promise<RowCount[]>;
  readonly #client: Client;
  readonly #selects: readonly RowSelect[];
  readonly #exporters: readonly RowExporter[];
  readonly #between: (count: RowCount) => Promise<void>;
  readonly #frames: MessageFrames;
  readonly #settled = Promise.withResolvers<RowCount[]>();
  readonly #counts: RowCount[] = [];
  /** What came while the stream was stopped. */
  readonly #backlog: Buffer[] = [];
  #listeners: ((data: Buffer) => void)[] = [];
  #connection: Connection | undefined;
  #sent = 0;
  #answered = 0;
  /** Behind a ReadyForQuery that was not the last. */
  #rest: Buffer | undefined;
  #stopped = false;
  #done = false;
  #error: unknown;
  #reportedRows = -1;
  /** Of all SELECTs before the current one. */
  #before: RowCount = { rows: 0, bytes: 0 };
  /** pg's own timer of `query_timeout` stops when this is called. */
  callback: ((error: unknown) => void) | undefined;

  /**
   * `between` is called after each SELECT but the last; the rows of the next wait until it resolves. `arrived` is told
   * the number of rows so far, of all SELECTs, after each part of them.
   */
  constructor(
    client: Client,
    selects: readonly RowSelect[],
    exporters: readonly RowExporter[],
    between: (count: RowCount) => Promise<void>,
    arrived: (rows: number) => void = () => {},
  ) {
    this.#client = client;
    this.#selects = selects;
    this.#exporters = exporters;
    this.#between = between;
    this.#frames = new MessageFrames({
      rows: (buffer, start, end) => {
        if (this.#error !== undefined) return;
        for (const exporter of this.#exporters) exporter.rows(buffer, start, end);
        arrived(this.#frames.rows);
      },
      message: (message, rest) => this.#message(message, rest),
    });
    this.finished = this.#settled.promise;
    // The caller awaits `finished` a moment later than fail may reject it.
    this.finished.catch(() => {});
  }

  submit(connection: Connection): void {
    if (this.#done) return;
    const { stream } = connection;
    this.#connection = connection;
    this.#listeners = stream.listeners('data') as ((data: Buffer) => void)[];
    stream.on('data', this.#data);
    for (const listener of this.#listeners) stream.off('data', listener);
    stream.on('error', this.#streamError);
    stream.on('close', this.#streamClosed);
    this.#send(connection);
  }

  /** Ends everything with an error and closes the client. */
  fail(error: unknown): void {
    if (this.#done) return;
    this.#settle(error);
    // end() before destroy(): pg then knows that the loss of the connection is wanted.
    this.#client.end().catch(() => {});
    this.#stream?.destroy();
  }

  handleRowDescription(message: { fields: readonly unknown[] }): void {
    const { length } = message.fields;
    const expected = this.#selects[this.#answered]?.fields;
    if (length !== expected) {
      this.fail(new Error(`the SELECT returns ${length} fields instead of the expected ${expected}`));
    }
  }

  handleCommandComplete(message: { text: string }): void {
    this.#reportedRows = Number(message.text.split(' ').at(-1));
  }

  /** The wanted number of rows came; there may be more of them. */
  handlePortalSuspended(): void {
    this.#reportedRows = this.#selects[this.#answered]?.extended?.rows ?? 0;
  }

  /** Called by pg for ErrorResponse (ReadyForQuery follows) and when the connection is lost (close follows). */
  handleError(error: Error | DatabaseError): void {
    this.#error ??= error;
    if (this.#connection === undefined) this.#settle(error);
  }

  handleReadyForQuery(): void {}

  get #stream(): Duplex | undefined {
    return this.#connection?.stream;
  }

  #send(connection: Connection): void {
    const end = Math.min(this.#selects.length, this.#answered + sentAhead);
    connection.stream.cork();
    for (; this.#sent < end; this.#sent++) {
      const select = this.#selects[this.#sent];
      if (select?.extended) sendExtended(connection, select.sql, select.extended.rows);
      else connection.query(select?.sql ?? '');
    }
    connection.stream.uncork();
  }

  #settle(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    const stream = this.#stream;
    if (stream !== undefined) {
      for (const listener of this.#listeners) stream.on('data', listener);
      stream.off('data', this.#data);
      stream.off('error', this.#streamError);
      stream.off('close', this.#streamClosed);
    }
    this.callback?.(error);
    if (error !== undefined) this.#settled.reject(error);
    else this.#settled.resolve(this.#counts);
  }

  readonly #data = (chunk: Buffer): void => {
    if (!this.#stopped) {
      this.#consume(chunk, chunk);
      return;
    }
    this.#backlog.push(chunk);
    this.#stream?.pause();
  };

  /** Takes `bytes`, the whole or the rest of a chunk, and stops when a SELECT ends or an exporter has too much. */
  #consume(bytes: Buffer, chunk: Buffer): void {
    this.#rest = undefined;
    try {
      this.#frames.push(bytes);
    } catch (error) {
      this.fail(error);
    }
    // With the last ReadyForQuery pg may have kept a part of the chunk.
    if (this.#done) return;
    const rest = this.#rest as Buffer | undefined;
    if (rest !== undefined) {
      this.#stopUntil(this.#between(this.#counts.at(-1) as RowCount), () => this.#consume(rest, chunk));
      return;
    }
    releaseMemory(chunk);
    if (this.#exporters.some((exporter) => exporter.outstanding >= highMark)) {
      this.#stream?.pause();
      this.#stopUntil(Promise.all(this.#exporters.map((exporter) => exporter.drained())), () => {});
    }
  }

  #stopUntil(condition: Promise<unknown>, then: () => void): void {
    this.#stopped = true;
    condition.then(
      () => {
        if (this.#done) return;
        this.#stopped = false;
        then();
        while (!this.#stopped && !this.#done && this.#backlog.length > 0) {
          const chunk = this.#backlog.shift() as Buffer;
          this.#consume(chunk, chunk);
        }
        if (!this.#stopped && this.#stream?.isPaused()) this.#stream.resume();
      },
      (error) => this.fail(error),
    );
  }

  /** Returns whether the framing goes on. */
  #message(message: Buffer, rest: Buffer): boolean {
    if (message[0] !== readyForQuery) {
      // After an error pg expects nothing but ReadyForQuery; the answers to what was sent ahead are dropped.
      if (this.#error === undefined) this.#toClient(message);
      return !this.#done;
    }
    if (this.#error === undefined) this.#count();
    this.#answered++;
    if (this.#answered < this.#sent && this.#error !== undefined) return true;
    if (this.#answered < this.#selects.length && this.#error === undefined) {
      if (this.#sent - this.#answered <= sentAhead / 2) this.#send(this.#connection as Connection);
      this.#rest = rest;
      return false;
    }
    this.#settle(this.#error);
    this.#toClient(message);
    if (rest.length > 0) this.#toClient(rest);
    return false;
  }

  #count(): void {
    const rows = this.#frames.rows - this.#before.rows;
    const bytes = this.#frames.rowBytes - this.#before.bytes;
    this.#before = { rows: this.#frames.rows, bytes: this.#frames.rowBytes };
    if (this.#reportedRows !== rows) {
      this.#error = new Error(`the server reports ${this.#reportedRows} rows, but ${rows} arrived`);
    }
    this.#counts.push({ rows, bytes });
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

function sendExtended(connection: Connection, text: string, rows: number): void {
  connection.parse({ name: '', text, types: [] }, true);
  connection.bind({}, true);
  connection.describe({ type: 'P' }, true);
  connection.execute({ rows: String(rows) }, true);
  connection.sync();
}
