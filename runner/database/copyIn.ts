import type { Client, Connection, Submittable } from 'pg';
import { drained } from '../drained.ts';
import { releaseWhole } from '../exporters/releaseMemory.ts';

type Socket = Connection['stream'];

/** A COPY … FROM STDIN in pg's queue: the socket gets the bytes as they are, without a copy of them. */
class CopyIn implements Submittable {
  readonly #sql: string;
  readonly #ready = Promise.withResolvers<Socket>();
  readonly #done = Promise.withResolvers<number>();
  #rows = 0;
  #error: unknown;

  constructor(sql: string) {
    this.#sql = sql;
    this.ready.catch(() => {});
    this.done.catch(() => {});
  }

  /** Resolves when the server waits for data. */
  get ready(): Promise<Socket> {
    return this.#ready.promise;
  }

  /** The number of rows; rejects with the first error. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  submit(connection: Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse({ stream }: Connection): void {
    this.#ready.resolve(stream);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rows = Number(text.split(' ').at(-1));
  }

  /** Called by pg for ErrorResponse (ReadyForQuery follows) and when the connection is lost (nothing follows). */
  handleError(error: Error): void {
    this.#error ??= error;
    this.#ready.reject(error);
    this.#done.reject(error);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#done.resolve(this.#rows);
  }
}

// CopyData, CopyDone and CopyFail: https://www.postgresql.org/docs/current/protocol-message-formats.html
const copyData = 0x64;
const copyDone = Buffer.from([0x63, 0, 0, 0, 4]);
const copyFail = Buffer.from([0x66, 0, 0, 0, 5, 0]);

/**
 * Runs a COPY … FROM STDIN with the bytes of `content` and gives the number of rows; nobody may
 * use the chunks any more. An error of `content` ends the COPY on the server too, and is thrown; so is pg's DatabaseError.
 */
export async function copyIn(
  client: Client,
  sql: string,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const copy = new CopyIn(sql);
  client.query(copy);
  const socket = await copy.ready;
  let failure: { error: unknown } | undefined;
  try {
    for await (const chunk of content) {
      if (!send(socket, chunk)) await drained(socket);
      // After an error the server reads on, and drops what it reads.
      if (copy.hasFailed || socket.destroyed) break;
    }
    if (!copy.hasFailed) socket.write(copyDone);
  } catch (error) {
    failure = { error };
    if (!copy.hasFailed) socket.write(copyFail);
  }
  try {
    const rows = await copy.done;
    if (failure === undefined) return rows;
  } catch (error) {
    // The server's word for our CopyFail says less than what made us send it.
    if (failure === undefined) throw error;
  }
  throw failure.error;
}

function send(socket: Socket, chunk: Uint8Array): boolean {
  if (chunk.length === 0) return true;
  const head = Buffer.allocUnsafe(5);
  head[0] = copyData;
  head.writeInt32BE(chunk.length + 4, 1);
  socket.cork();
  socket.write(head);
  const more = socket.write(chunk, () => releaseWhole(chunk));
  socket.uncork();
  return more;
}
