const lineFeed = 0x0a;
const minus = 0x2d;
/** The end of a table's rows: only there a line may be this. */
const endOfRows = Buffer.from('\n\\.\n');
const dataHeader = /^-- Data for Name: .*; Type: TABLE DATA;/;
const largeObjects = /^-- (?:Data for )?Name: .*; Type: BLOBS;/;
const header = /^-- (?:Data for )?Name: .*; Type: /;
const copiedTable = /^COPY (.+?) \(/;

export interface DumpReader {
  /** server_version_num of the server that gets the dump. */
  readonly serverVersion: number;
  /** Whether psql is restricted already, and by another token than the dump's own. */
  readonly isRestricted?: boolean;
  /** Is told each table whose rows begin, as the dump writes it: `public.orders`. */
  readonly onTable: (name: string) => void;
}

/**
 * A plain dump of pg_dump on its way to psql, as one transaction: without the BEGIN and COMMIT that pg_dump puts
 * around large objects, its own \restrict where psql is restricted already, and a setting that a server before 17 does not know. Rows pass through unseen and
 * uncopied.
 */
export async function* dumpFilter(
  content: AsyncIterable<Uint8Array>,
  reader: DumpReader,
): AsyncGenerator<Uint8Array> {
  const filter = new DumpFilter(reader);
  for await (const chunk of content) {
    yield* filter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
  yield* filter.end();
}

class DumpFilter {
  readonly #reader: DumpReader;
  /** The begin of a line whose end has not come. */
  #held: Buffer[] = [];
  #inRows = false;
  /** The last bytes of the rows so far: the end of rows may be split over two chunks. */
  #tail: Buffer = Buffer.alloc(0);
  #rowsAnnounced = false;
  #inLargeObjects = false;
  #inPreamble = true;
  /** Of the dump's own \restrict, which is left out. */
  #token: string | undefined;

  constructor(reader: DumpReader) {
    this.#reader = reader;
  }

  *push(chunk: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#inRows) {
        const end = this.#endOfRows(chunk, at);
        yield chunk.subarray(at, end);
        at = end;
        continue;
      }
      // Lines that are kept go on together.
      const from = at;
      let kept = at;
      while (!this.#inRows) {
        const end = chunk.indexOf(lineFeed, at);
        if (end < 0) break;
        const first = this.#held.length > 0;
        const line = Buffer.concat([...this.#held, chunk.subarray(at, end)]);
        this.#held = [];
        const keeps = this.#line(line);
        if (first) {
          if (keeps) yield Buffer.concat([line, chunk.subarray(end, end + 1)]);
          at = end + 1;
          break;
        }
        at = end + 1;
        if (!keeps) break;
        kept = at;
      }
      if (kept > from) yield chunk.subarray(from, kept);
      if (!this.#inRows && chunk.indexOf(lineFeed, at) < 0) {
        // A copy: the chunk may be reused.
        if (at < chunk.length) this.#held.push(Buffer.from(chunk.subarray(at)));
        return;
      }
    }
  }

  *end(): Generator<Buffer> {
    if (this.#held.length > 0) yield Buffer.concat(this.#held);
  }

  /** Where the rows end in a chunk, or the end of the chunk. */
  #endOfRows(chunk: Buffer, from: number): number {
    const begin = chunk.subarray(from, from + endOfRows.length - 1);
    const split = Buffer.concat([this.#tail, begin]).indexOf(endOfRows);
    const found = split >= 0 ? from + split - this.#tail.length : chunk.indexOf(endOfRows, from);
    if (found < 0 && split < 0) {
      const last = Buffer.concat([this.#tail, chunk.subarray(Math.max(from, chunk.length - 3))]);
      this.#tail = Buffer.from(last.subarray(-(endOfRows.length - 1)));
      return chunk.length;
    }
    this.#inRows = false;
    return found + endOfRows.length;
  }

  /** The line that pg_dump begins with, and the one at its end. What else looks so may be part of a text. */
  #isOwnRestriction(text: string): boolean {
    const token =
      this.#inPreamble && this.#token === undefined ? /^\\restrict (\S+)$/.exec(text)?.[1] : undefined;
    if (token !== undefined) this.#token = token;
    return token !== undefined || (this.#token !== undefined && text === `\\unrestrict ${this.#token}`);
  }

  /** Whether the line goes on to psql. */
  #line(line: Buffer): boolean {
    // Most lines of large objects are their bytes.
    if (this.#inLargeObjects && line.length > 64 && line[0] !== minus) return true;
    const text = line.toString('utf8');
    if (header.test(text)) {
      this.#inPreamble = false;
      this.#inLargeObjects = largeObjects.test(text);
      this.#rowsAnnounced = dataHeader.test(text);
    }
    if (this.#rowsAnnounced && text.endsWith(' FROM stdin;')) {
      this.#rowsAnnounced = false;
      this.#inRows = true;
      this.#tail = Buffer.from('\n');
      this.#reader.onTable(copiedTable.exec(text)?.[1] ?? '');
    }
    if (this.#inLargeObjects) return text !== 'BEGIN;' && text !== 'COMMIT;';
    if (this.#reader.isRestricted && this.#isOwnRestriction(text)) return false;
    const unknown = this.#inPreamble && this.#reader.serverVersion < 170000;
    return !(unknown && text.startsWith('SET transaction_timeout ='));
  }
}
