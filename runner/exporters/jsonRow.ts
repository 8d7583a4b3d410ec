import type { ChunkWriter } from './chunkWriter.ts';
import { type ConstantBytes, writeConstant } from './constantBytes.ts';

/** What JSON does with the fields of a column. `extra`: the value is the next of the fields behind the columns. */
export const jsonAction = {
  copy: 0,
  number: 1,
  boolean: 2,
  quote: 3,
  escape: 4,
  timestamp: 5,
  timestamptz: 6,
  extra: 7,
} as const;

/** How the rows of a table become objects: an action and a key (`{"id":`, `,"name":` …) for each column. */
export interface JSONObject {
  readonly actions: Uint8Array;
  readonly keys: readonly ConstantBytes[];
  /** Bytes of all keys. */
  readonly keyBytes: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const lineFeed = 0x0a;
const space = 0x20;
const minus = 0x2d;
const plus = 0x2b;
const zero = 0x30;
const nine = 0x39;
const letterT = 0x54;
const letterC = 0x43;
const closingBrace = 0x7d;
const smallBytes = 64 * 1024;
/** The greatest growth of a byte, and what a value can have besides: quotes, `:00` behind an offset, null. */
const growth = 6;
const besides = 16;

const nullBytes = Buffer.from('null');
const trueBytes = Buffer.from('true');
const falseBytes = Buffer.from('false');

/** The letter behind the backslash, 0 for bytes that stand for themselves, 1 for \u00XX (escape_json in PostgreSQL). */
const escapes = new Uint8Array(256).fill(1, 0, 0x20);
for (const [byte, letter] of ['\bb', '\ff', '\nn', '\rr', '\tt', '""', '\\\\'].map((pair) =>
  Buffer.from(pair),
)) {
  escapes[byte as number] = letter as number;
}
const hexDigits = Buffer.from('0123456789abcdef');

/** Writes the inside of a string. Returns the position after it. */
export function jsonEscaped(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
): number {
  let to = position;
  for (let from = start; from < end; from++) {
    const byte = source[from] as number;
    const letter = escapes[byte] as number;
    if (letter === 0) {
      target[to++] = byte;
      continue;
    }
    target[to++] = backslash;
    if (letter !== 1) {
      target[to++] = letter;
      continue;
    }
    target[to++] = 0x75;
    target[to++] = zero;
    target[to++] = zero;
    target[to++] = hexDigits[byte >> 4] as number;
    target[to++] = hexDigits[byte & 15] as number;
  }
  return to;
}

function copied(source: Buffer, start: number, end: number, target: Buffer, position: number): number {
  let to = position;
  for (let from = start; from < end; from++) target[to++] = source[from] as number;
  return to;
}

/** `2024-01-02 03:04:05.6+05` as `2024-01-02T03:04:05.6+05:00`, BC dates and infinity as PostgreSQL's to_json has them. */
function timestamp(
  source: Buffer,
  start: number,
  end: number,
  zoned: boolean,
  target: Buffer,
  position: number,
): number {
  let to = position;
  let from = start;
  target[to++] = quote;
  while (from < end && source[from] !== space) target[to++] = source[from++] as number;
  if (from < end) {
    target[to++] = letterT;
    from++;
    const era = source[end - 1] === letterC ? 3 : 0;
    const clockEnd = end - era;
    to = copied(source, from, clockEnd, target, to);
    const sign = source[clockEnd - 3];
    if (zoned && (sign === plus || sign === minus)) {
      target[to++] = 0x3a;
      target[to++] = zero;
      target[to++] = zero;
    }
    to = copied(source, clockEnd, end, target, to);
  }
  target[to++] = quote;
  return to;
}

function value(
  action: number,
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
): number {
  let to = position;
  switch (action) {
    case jsonAction.copy:
      return copied(source, start, end, target, to);
    case jsonAction.number: {
      const first = source[start] === minus ? source[start + 1] : source[start];
      // NaN and the infinities are no JSON numbers.
      if (first !== undefined && first >= zero && first <= nine)
        return copied(source, start, end, target, to);
      break;
    }
    case jsonAction.boolean: {
      const word = source[start] === 0x74 ? trueBytes : falseBytes;
      return copied(word, 0, word.length, target, to);
    }
    case jsonAction.escape:
      target[to++] = quote;
      to = jsonEscaped(source, start, end, target, to);
      target[to++] = quote;
      return to;
    case jsonAction.timestamp:
    case jsonAction.timestamptz:
      return timestamp(source, start, end, action === jsonAction.timestamptz, target, to);
  }
  target[to++] = quote;
  to = copied(source, start, end, target, to);
  target[to++] = quote;
  return to;
}

/** A value that is too long for one go, written in pieces. Only texts and JSON get so long. */
function longValue(action: number, source: Buffer, start: number, end: number, writer: ChunkWriter): void {
  if (action !== jsonAction.escape) {
    writer.write(source.subarray(start, end));
    return;
  }
  writer.byte(quote);
  const step = Math.floor(smallBytes / growth);
  for (let from = start; from < end; from += step) {
    writer.ensure(smallBytes);
    writer.position = jsonEscaped(source, from, Math.min(end, from + step), writer.buffer, writer.position);
  }
  writer.byte(quote);
}

/** Where the fields behind the columns begin. */
function extrasFrom(source: Buffer, fields: number, columns: number): number {
  let from = fields;
  for (let column = 0; column < columns; column++) {
    const length = source.readInt32BE(from);
    from += length > 0 ? 4 + length : 4;
  }
  return from;
}

/**
 * Writes DataRow messages as objects, each behind `separator` (`,` except for the first of a table) and a line break. Values are
 * what PostgreSQL's row_to_json makes of them, byte for byte: digits stay as they are, timestamps are ISO 8601.
 */
export function jsonRows(
  source: Buffer,
  start: number,
  end: number,
  object: JSONObject,
  isFirst: boolean,
  writer: ChunkWriter,
): void {
  const { actions, keys, keyBytes } = object;
  const columns = actions.length;
  const hasExtras = actions.includes(jsonAction.extra);
  let first = isFirst;
  for (let row = start; row < end; ) {
    const next = row + 1 + source.readInt32BE(row + 1);
    const small = growth * (next - row) + besides * (columns + 1) + keyBytes <= smallBytes;
    writer.ensure(smallBytes);
    let { buffer: target, view, position } = writer;
    if (first) first = false;
    else target[position++] = comma;
    target[position++] = lineFeed;
    if (columns === 0) target[position++] = 0x7b;
    let from = row + 7;
    let extra = hasExtras ? extrasFrom(source, from, columns) : 0;
    for (let column = 0; column < columns; column++) {
      const key = keys[column] as ConstantBytes;
      if (!small) {
        writer.position = position;
        writer.ensure(smallBytes);
        ({ buffer: target, view, position } = writer);
      }
      position = writeConstant(key, view, position);
      let length =
        ((source[from] as number) << 24) |
        ((source[from + 1] as number) << 16) |
        ((source[from + 2] as number) << 8) |
        (source[from + 3] as number);
      let valueFrom = from + 4;
      from = length > 0 ? valueFrom + length : valueFrom;
      let action = actions[column] as number;
      if (action === jsonAction.extra) {
        length = source.readInt32BE(extra);
        valueFrom = extra + 4;
        extra = length > 0 ? valueFrom + length : valueFrom;
        action = jsonAction.copy;
      }
      if (length < 0) {
        position = copied(nullBytes, 0, nullBytes.length, target, position);
      } else if (!small && growth * length + besides + key.length > smallBytes) {
        writer.position = position;
        longValue(action, source, valueFrom, valueFrom + length, writer);
        ({ buffer: target, view, position } = writer);
      } else {
        position = value(action, source, valueFrom, valueFrom + length, target, position);
      }
    }
    writer.position = position;
    if (!small) writer.ensure(1);
    writer.buffer[writer.position++] = closingBrace;
    row = next;
  }
}
