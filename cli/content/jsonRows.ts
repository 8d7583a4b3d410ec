import { ContentError, type TableRows } from '../../runner/content/tableRows.ts';

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const words = new Set(['true', 'false', 'null']);
const longestName = 65_536;
/** A numeric has up to 131,072 digits before the point and 16,383 after it. */
const longestNumber = 200_000;

type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

/**
 * Checks the grammar of a JSON document `{"table": [row, …], …}` (RFC 8259) in one pass and counts the rows of each
 * table; memory does not grow with the document. Throws ContentError.
 */
export async function jsonRows(content: AsyncIterable<Uint8Array>): Promise<TableRows[]> {
  const scanner = new JSONScanner();
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of content) {
    try {
      utf8.decode(chunk, { stream: true });
    } catch (cause) {
      throw new ContentError(`it is no UTF-8 after ${scanner.offset} bytes`, { cause });
    }
    scanner.scan(chunk);
  }
  return scanner.end();
}

/** Where a string's bytes that need no thought end: at a quote, a backslash, a control character or the end. */
function plainEnd(chunk: Uint8Array, from: number): number {
  let at = from;
  while (at < chunk.length) {
    const byte = chunk[at] as number;
    if (byte === quote || byte === backslash || byte < 0x20) break;
    at++;
  }
  return at;
}

class JSONScanner {
  offset = 0;
  readonly #tables: { name: string; rows: number }[] = [];
  /** Closing bytes of what is open. */
  readonly #open: number[] = [];
  #expected: Expected = 'value';
  #inString = false;
  #escape = 0;
  #isKey = false;
  /** The text of a table's name, or of a number or word, as far as it came. */
  #text: number[] | undefined;

  scan(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at++) {
      // Most bytes are inside of values: they are skipped without a call for each.
      const from = at;
      if (this.#inString && this.#text === undefined && this.#escape === 0) at = plainEnd(chunk, at);
      this.offset += at - from;
      const byte = chunk[at];
      if (byte === undefined) return;
      if (this.#inString) this.#string(byte);
      else this.#structure(byte);
      this.offset++;
    }
  }

  end(): TableRows[] {
    if (this.#expected !== 'nothing') throw this.#wrong('the document ends too early');
    return this.#tables;
  }

  #string(byte: number): void {
    if (byte < 0x20) throw this.#wrong('a control character in a string');
    if (this.#text !== undefined) {
      if (this.#text.length > longestName) throw this.#wrong('the name of a table is too long');
      this.#text.push(byte);
    }
    if (this.#escape > 0) this.#escaped(byte);
    else if (byte === backslash) this.#escape = 1;
    else if (byte === quote) this.#stringEnd();
  }

  #escaped(byte: number): void {
    const character = String.fromCharCode(byte);
    if (this.#escape === 1) {
      if (!'"\\/bfnrtu'.includes(character)) throw this.#wrong('an unknown escape');
      // \u has four digits more.
      this.#escape = character === 'u' ? 5 : 0;
    } else {
      if (!/[0-9a-fA-F]/.test(character)) throw this.#wrong('an escape without four digits');
      this.#escape = this.#escape === 2 ? 0 : this.#escape - 1;
    }
  }

  #stringEnd(): void {
    this.#inString = false;
    if (!this.#isKey) {
      this.#valueEnd();
      return;
    }
    this.#expected = 'colon';
    if (this.#text === undefined) return;
    const name = String(JSON.parse(Buffer.from([quote, ...this.#text]).toString('utf8')));
    if (this.#tables.some((table) => table.name === name)) throw this.#wrong('a table comes twice');
    this.#tables.push({ name, rows: 0 });
    this.#text = undefined;
  }

  #structure(byte: number): void {
    const blank = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    if (this.#text !== undefined) {
      if (!blank && byte !== comma && byte !== closeBrace && byte !== closeBracket) {
        if (this.#text.push(byte) > longestNumber) throw this.#wrong('an endless number');
        return;
      }
      this.#wordEnd(this.#text);
    }
    if (blank) return;
    const expected = this.#expected;
    if (byte === quote && (expected === 'key' || expected === 'keyOrEnd')) this.#stringBegin(true);
    else if (byte === colon && expected === 'colon') this.#expected = 'value';
    else if (byte === comma && expected === 'commaOrEnd') {
      this.#expected = this.#open.at(-1) === closeBrace ? 'key' : 'value';
    } else if (byte === closeBrace || byte === closeBracket) this.#close(byte);
    else if (expected === 'value' || expected === 'valueOrEnd') this.#valueBegin(byte);
    else throw this.#wrong('something that does not belong there');
  }

  #stringBegin(isKey: boolean): void {
    this.#inString = true;
    this.#isKey = isKey;
    if (isKey && this.#open.length === 1) this.#text = [];
  }

  #valueBegin(byte: number): void {
    const depth = this.#open.length;
    if (depth === 0 && byte !== openBrace) throw this.#wrong('the document is no object');
    if (depth === 1 && byte !== openBracket) throw this.#wrong('a table is no array');
    if (depth === 2) {
      if (byte !== openBrace) throw this.#wrong('a row is no object');
      const table = this.#tables.at(-1);
      if (table) table.rows++;
    }
    if (byte === openBrace) {
      this.#open.push(closeBrace);
      this.#expected = 'keyOrEnd';
    } else if (byte === openBracket) {
      this.#open.push(closeBracket);
      this.#expected = 'valueOrEnd';
    } else if (byte === quote) this.#stringBegin(false);
    else this.#text = [byte];
  }

  #wordEnd(bytes: readonly number[]): void {
    const text = Buffer.from(bytes).toString('latin1');
    if (!number.test(text) && !words.has(text)) throw this.#wrong('a value that is no JSON');
    this.#text = undefined;
    this.#valueEnd();
  }

  #close(byte: number): void {
    const empty = this.#expected === (byte === closeBrace ? 'keyOrEnd' : 'valueOrEnd');
    if (this.#open.at(-1) !== byte || !(empty || this.#expected === 'commaOrEnd')) {
      throw this.#wrong('a bracket that closes nothing');
    }
    this.#open.pop();
    this.#valueEnd();
  }

  #valueEnd(): void {
    this.#expected = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
  }

  #wrong(what: string): ContentError {
    return new ContentError(`it is not valid JSON at byte ${this.offset}: ${what}`);
  }
}
