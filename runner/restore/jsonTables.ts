import { ContentError } from '../content/tableRows.ts';

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Rows of a table, each a JSON object as it was written. The first of a table has `begins`. */
export interface JSONRows {
  readonly table: string;
  readonly begins: boolean;
  readonly rows: readonly Buffer[];
}

/**
 * Cuts a document `{"table": [{row}, …], …}` of ours into its rows in one pass; they are copies. What is no such
 * document is a ContentError; whether a row is JSON is for PostgreSQL to say.
 */
export async function* jsonTables(content: AsyncIterable<Uint8Array>): AsyncGenerator<JSONRows> {
  const cutter = new RowCutter();
  for await (const chunk of content) {
    yield* cutter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
  if (!cutter.isComplete) throw new ContentError('the document ends too early');
}

class RowCutter {
  /** Braces and brackets that are open: the document 1, a table 2, a row 3, what is in it more. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Of the string at depth 1 that is being read. */
  #name: Buffer[] | undefined;
  #table = '';
  #hasEnded = false;
  /** Parts of the row that began in an earlier chunk. */
  #held: Buffer[] = [];

  get isComplete(): boolean {
    return this.#hasEnded;
  }

  *push(chunk: Buffer): Generator<JSONRows> {
    let rows: Buffer[] = [];
    let begins = false;
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) {
          this.#inString = false;
          if (this.#depth === 1) this.#endName(chunk.subarray(from, at + 1));
        }
        continue;
      }
      if (byte === quote) {
        this.#inString = true;
        if (this.#depth === 1) {
          this.#name = [];
          from = at;
        }
      } else if (byte === openBrace || byte === openBracket) {
        this.#depth++;
        if (this.#depth === 2) begins = true;
        if (this.#depth === 3) from = at;
        this.#expect(byte);
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth--;
        if (this.#depth === 2) {
          rows.push(Buffer.concat([...this.#held, chunk.subarray(from, at + 1)]));
          this.#held = [];
        } else if (this.#depth === 1) {
          yield { table: this.#table, begins, rows };
          rows = [];
          begins = false;
        } else if (this.#depth === 0) this.#hasEnded = true;
        else if (this.#depth < 0) throw new ContentError('a bracket closes nothing');
      }
    }
    // Copies: the chunk may be reused.
    if (this.#depth >= 3) this.#held.push(Buffer.from(chunk.subarray(from)));
    else if (this.#name !== undefined) this.#name.push(Buffer.from(chunk.subarray(from)));
    if (rows.length > 0 || begins) yield { table: this.#table, begins, rows };
  }

  #expect(byte: number): void {
    const expected = this.#depth === 2 ? openBracket : openBrace;
    if (this.#depth <= 3 && byte !== expected) throw new ContentError('it is no object of tables');
    if (this.#depth === 1 && this.#hasEnded) throw new ContentError('it is more than one document');
  }

  #endName(end: Buffer): void {
    const text = Buffer.concat([...(this.#name ?? []), end]).toString('utf8');
    this.#name = undefined;
    try {
      this.#table = String(JSON.parse(text));
    } catch (cause) {
      throw new ContentError('the name of a table is no JSON', { cause });
    }
  }
}
