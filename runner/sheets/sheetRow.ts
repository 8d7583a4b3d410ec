import { type ColumnKind, columnKind } from '../database/columnKind.ts';
import type { Column } from '../exporters/exporter.ts';
import { jsonEscaped } from '../exporters/jsonRow.ts';
import { bigintFits, floatFits, numericStyle } from '../exporters/xlsxNumber.ts';

/** What a cell becomes. Whatever a double cannot hold digit by digit is text, in the words of PostgreSQL. */
const action = { escape: 0, plain: 1, integer: 2, bigint: 3, numeric: 4, float: 5, boolean: 6 } as const;

/** Google takes so many characters a cell. https://support.google.com/drive/answer/37603 */
const longestCell = 50_000;

const [quote, comma, open, close] = [0x22, 0x2c, 0x5b, 0x5d];
const trueBytes = Buffer.from('true');
const falseBytes = Buffer.from('false');
/** What a character of a text can become (\u001f; one of more bytes stays as it is), and what a cell can have besides. */
const growth = 6;
const besides = 8;

const textKinds: ReadonlySet<ColumnKind> = new Set(['text', 'json']);

function actionOf(column: Column, numbers: 'Text' | 'Number'): number {
  const kind = columnKind(column);
  if (textKinds.has(kind)) return action.escape;
  if (kind === 'integer' || kind === 'float' || kind === 'boolean') return action[kind];
  if (numbers === 'Number' && (kind === 'bigint' || kind === 'numeric')) return action[kind];
  return action.plain;
}

/** Which columns of a result are written, and how. */
export interface SheetColumns {
  readonly names: readonly string[];
  /** Places of the columns among the fields of a row, in the order of the tab. */
  readonly picks: Uint16Array;
  readonly actions: Uint8Array;
}

/** `key` stays text under `numbers: Number`, unless it is an integer: keys are compared digit by digit. */
export function sheetColumns(
  columns: readonly Column[],
  picks: readonly number[],
  { numbers, key }: { readonly numbers: 'Text' | 'Number'; readonly key?: number | undefined },
): SheetColumns {
  const picked = picks.map((pick) => columns[pick] as Column);
  const actions = picked.map((column, index) => actionOf(column, picks[index] === key ? 'Text' : numbers));
  return {
    names: picked.map(({ name }) => name),
    picks: Uint16Array.from(picks),
    actions: Uint8Array.from(actions),
  };
}

/** Rows of one tab as JSON arrays, with the values that were cut by column. */
export class SheetRowEncoder {
  /** By column: values that were cut to 50,000 characters. */
  readonly cut: Float64Array;
  readonly #columns: SheetColumns;
  #offsets = new Int32Array(16);

  constructor(columns: SheetColumns) {
    this.#columns = columns;
    this.cut = new Float64Array(columns.picks.length);
  }

  /** Finds the fields of the DataRow message at `row`, for write and field; it becomes at most so many bytes. */
  find(source: Buffer, row: number): number {
    const fields = source.readUInt16BE(row + 5);
    if (this.#offsets.length < fields) this.#offsets = new Int32Array(fields);
    let bytes = besides;
    let at = row + 7;
    for (let field = 0; field < fields; field++) {
      this.#offsets[field] = at;
      const length = Math.max(source.readInt32BE(at), 0);
      bytes += growth * Math.min(length, longestCell) + besides;
      at += 4 + length;
    }
    return bytes;
  }

  /** `["Ann",7,""]` of the message that was found; NULL is an empty cell. Returns the position after it. */
  write(source: Buffer, target: Buffer, position: number): number {
    const { picks, actions } = this.#columns;
    let to = position;
    target[to++] = open;
    for (let index = 0; index < picks.length; index++) {
      if (index > 0) target[to++] = comma;
      const at = this.#offsets[picks[index] as number] as number;
      const length = source.readInt32BE(at);
      to = this.#cell(
        index,
        actions[index] as number,
        source,
        at + 4,
        at + 4 + Math.max(length, 0),
        target,
        to,
      );
    }
    target[to++] = close;
    return to;
  }

  /** Whether a field of the message that was found is NULL. */
  isNull(source: Buffer, place: number): boolean {
    return source.readInt32BE(this.#offsets[place] as number) < 0;
  }

  /** The text of a field of the message that was found, which is not NULL. */
  field(source: Buffer, place: number): string {
    const at = this.#offsets[place] as number;
    return source.toString('utf8', at + 4, at + 4 + source.readInt32BE(at));
  }

  #cell(
    index: number,
    how: number,
    source: Buffer,
    start: number,
    end: number,
    target: Buffer,
    position: number,
  ): number {
    let to = position;
    if (start < end && isNumber(how, source, start, end)) return to + source.copy(target, to, start, end);
    if (start < end && how === action.boolean) {
      return to + (source[start] === 0x74 ? trueBytes : falseBytes).copy(target, to);
    }
    target[to++] = quote;
    const cut = this.#end(index, source, start, end);
    if (how !== action.escape) to += source.copy(target, to, start, cut);
    else to = jsonEscaped(source, start, cut, target, to);
    target[to++] = quote;
    return to;
  }

  /** Where a text ends that is cut if it is too long, never within a character. */
  #end(index: number, source: Buffer, start: number, end: number): number {
    if (end - start <= longestCell) return end;
    // Counted as JavaScript does, where a character beyond the first plane is two.
    let units = 0;
    for (let at = start; at < end; at++) {
      const byte = source[at] as number;
      if ((byte & 0xc0) === 0x80) continue;
      units += byte >= 0xf0 ? 2 : 1;
      if (units <= longestCell) continue;
      this.cut[index] = (this.cut[index] as number) + 1;
      return at;
    }
    return end;
  }
}

function isNumber(how: number, source: Buffer, start: number, end: number): boolean {
  switch (how) {
    case action.integer:
      return true;
    case action.bigint:
      return bigintFits(source, start, end);
    case action.numeric:
      return numericStyle(source, start, end) >= 0;
    case action.float:
      return floatFits(source, start, end);
    default:
      return false;
  }
}
