import type { ChunkWriter } from './chunkWriter.ts';

/** What CSV does with the fields of a column. */
export const csvAction = { skip: 0, copy: 1, quote: 2 } as const;

/** How the rows of a table become lines: an action for each column, and whether only one column is written. */
export interface CsvLine {
  readonly actions: Uint8Array;
  readonly single: boolean;
}

const comma = 0x2c;
const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const backslash = 0x5c;
const dot = 0x2e;
/** Rows and fields that cannot need more room than this are encoded without asking for room in between. */
const smallBytes = 64 * 1024;

/** The byte at which COPY begins to quote a field (CopyAttributeOutCSV). */
function special(byte: number): boolean {
  return byte <= comma && (byte === comma || byte === quote || byte === lineFeed || byte === carriageReturn);
}

/** Writes a field that may need quotes; source[start, end) is not NULL. Returns the position after it. */
export function csvField(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
): number {
  if (start === end) {
    target[position] = quote;
    target[position + 1] = quote;
    return position + 2;
  }
  let to = position;
  for (let from = start; from < end; from++) {
    const byte = source[from] as number;
    if (special(byte)) return csvQuoted(source, start, end, target, position);
    target[to++] = byte;
  }
  return to;
}

function csvQuoted(source: Buffer, start: number, end: number, target: Buffer, position: number): number {
  target[position] = quote;
  const to = csvDoubled(source, start, end, target, position + 1);
  target[to] = quote;
  return to + 1;
}

/** The inside of a quoted field. */
function csvDoubled(source: Buffer, start: number, end: number, target: Buffer, position: number): number {
  let to = position;
  for (let from = start; from < end; from++) {
    const byte = source[from] as number;
    if (byte === quote) target[to++] = quote;
    target[to++] = byte;
  }
  return to;
}

/** A field that is too long for one go: read twice, written in pieces. */
function csvLongField(source: Buffer, start: number, end: number, writer: ChunkWriter): void {
  let plain = true;
  for (let from = start; from < end && plain; from++) plain = !special(source[from] as number);
  if (plain) {
    writer.write(source.subarray(start, end));
    return;
  }
  writer.byte(quote);
  const step = smallBytes / 2;
  for (let from = start; from < end; from += step) {
    writer.ensure(smallBytes);
    const to = Math.min(end, from + step);
    writer.position = csvDoubled(source, from, to, writer.buffer, writer.position);
  }
  writer.byte(quote);
}

/**
 * Writes DataRow messages as lines of CSV, byte for byte as COPY … (FORMAT csv) does: NULL is empty, the empty string `""`, and
 * the only field of a line is quoted if it is `\.`. Fields behind the columns of `line` are left out.
 */
export function csvRows(
  source: Buffer,
  start: number,
  end: number,
  line: CsvLine,
  writer: ChunkWriter,
): void {
  const { actions, single } = line;
  const columns = actions.length;
  for (let row = start; row < end; ) {
    const next = row + 1 + source.readInt32BE(row + 1);
    // A field of n bytes takes 4 + n in the message and at most 2 n + 3 in the line.
    const small = 2 * (next - row) + 1 <= smallBytes;
    if (small) writer.ensure(smallBytes);
    let target = writer.buffer;
    let position = writer.position;
    let from = row + 7;
    let first = true;
    for (let column = 0; column < columns; column++) {
      const length =
        ((source[from] as number) << 24) |
        ((source[from + 1] as number) << 16) |
        ((source[from + 2] as number) << 8) |
        (source[from + 3] as number);
      from += 4;
      const to = length > 0 ? from + length : from;
      const action = actions[column];
      if (action === csvAction.skip) {
        from = to;
        continue;
      }
      if (!small) {
        writer.position = position;
        writer.ensure(smallBytes);
        target = writer.buffer;
        position = writer.position;
      }
      if (first) first = false;
      else target[position++] = comma;
      if (length < 0) continue;
      if (2 * length + 4 > smallBytes) {
        writer.position = position;
        csvLongField(source, from, to, writer);
        target = writer.buffer;
        position = writer.position;
      } else if (single && length === 2 && source[from] === backslash && source[from + 1] === dot) {
        position = csvQuoted(source, from, to, target, position);
      } else if (action === csvAction.copy) {
        for (let at = from; at < to; at++) target[position++] = source[at] as number;
      } else {
        position = csvField(source, from, to, target, position);
      }
      from = to;
    }
    writer.position = position;
    if (!small) writer.ensure(1);
    writer.buffer[writer.position++] = lineFeed;
    row = next;
  }
}
