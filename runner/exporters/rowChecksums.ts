import type { Column, ExportedTable, RowExporter } from './exporter.ts';
import { RowHash } from './rowHash.ts';

/** A DataRow message up to its first field: tag, length, number of fields. */
const headerBytes = 7;
/** money and money[]: their text depends on lc_monetary, which another database may have another value of. */
const localTypes: ReadonlySet<number> = new Set([790, 791]);

/**
 * An exporter without a file: a checksum for each table, of its rows' values as PostgreSQL writes them, whatever the
 * order of the rows. The same from a restored database, if it is read with the settings of a snapshot. What it covers and
 * what it detects: docs/decisions/0014.
 */
export class RowChecksums implements RowExporter {
  readonly outstanding = 0;
  readonly notes: readonly string[] = [];
  /** In the order of the tables: `v1:` and 16 hexadecimal digits. */
  readonly checksums: string[] = [];
  readonly #hash = new RowHash();
  #columns = 0;
  /** Undefined: the whole row. */
  #spans: readonly Span[] | undefined;
  /** Where each column begins in the row, and where the last one ends. */
  #offsets = new Int32Array(1);

  async beginTable({ columns }: ExportedTable): Promise<void> {
    this.#columns = columns.length;
    this.#spans = spansOf(columns);
    this.#offsets = new Int32Array(columns.length + 1);
    this.#hash.clear();
  }

  rows(buffer: Buffer, start: number, end: number): void {
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    const hash = this.#hash;
    for (let at = start; at < end; ) {
      const next = at + 1 + view.getInt32(at + 1);
      // Behind the columns there may be the same once more for JSON.
      const hasMore = view.getUint16(at + 5) !== this.#columns;
      if (this.#spans !== undefined) this.#addSpans(view, at, this.#spans);
      else hash.add(view, at + headerBytes, hasMore ? this.#walk(view, at) : next);
      hash.endRow();
      at = next;
    }
  }

  async endTable(): Promise<void> {
    this.checksums.push(`v1:${this.#hash.digits}`);
  }

  async end(): Promise<void> {}

  async drained(): Promise<void> {}

  /** Finds where each column begins, and gives where the last one ends. */
  #walk(view: DataView, at: number): number {
    const offsets = this.#offsets;
    let position = at + headerBytes;
    for (let index = 0; index < this.#columns; index++) {
      offsets[index] = position;
      const bytes = view.getInt32(position);
      position += bytes > 0 ? 4 + bytes : 4;
    }
    offsets[this.#columns] = position;
    return position;
  }

  #addSpans(view: DataView, at: number, spans: readonly Span[]): void {
    this.#walk(view, at);
    const offsets = this.#offsets;
    for (const { from, to } of spans) this.#hash.add(view, offsets[from] ?? 0, offsets[to] ?? 0);
  }
}

/** Columns [from, to) that are next to each other. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Generated columns are computed anew in a restored database, and so left out. Where columns are inherited, pg_dump writes
 * them first, whatever their order was: there they count one by one, in the order of their names.
 */
function spansOf(columns: readonly Column[]): readonly Span[] | undefined {
  const isKept = ({ generated, type }: Column) => !generated && !localTypes.has(type);
  if (columns.some(({ inherited }) => inherited)) {
    return [...columns.entries()]
      .filter(([, column]) => isKept(column))
      .sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))
      .map(([from]) => ({ from, to: from + 1 }));
  }
  if (columns.every(isKept)) return undefined;
  const spans: { from: number; to: number }[] = [];
  for (const [index, column] of columns.entries()) {
    if (!isKept(column)) continue;
    const last = spans.at(-1);
    if (last?.to === index) last.to++;
    else spans.push({ from: index, to: index + 1 });
  }
  return spans;
}
