import { BackupError } from '../../crds/failureReason.ts';
import type { ExportedTable, RowExporter } from '../exporters/exporter.ts';
import { releaseWhole } from '../exporters/releaseMemory.ts';
import { type SheetColumns, SheetRowEncoder } from './sheetRow.ts';

/** Rows of a tab, as JSON arrays with commas between them. */
export interface Batch {
  readonly bytes: Buffer;
  /** Where the last row begins. */
  readonly lastFrom: number;
  /** Rows of the tab, the header included. */
  readonly rows: number;
  /** Whether no other batch follows. */
  readonly last: boolean;
}

export interface SheetRowsOptions {
  readonly columns: SheetColumns;
  readonly header: boolean;
  /** Google advises 2 MB a request. https://developers.google.com/workspace/sheets/api/limits */
  readonly batchBytes?: number | undefined;
  readonly maxRows?: number | undefined;
  /** Field of the key, and those that the tab has already: such rows are left out. onNull is called for one without, and throws. */
  readonly key?: { readonly place: number; readonly known: ReadonlySet<string>; onNull(): never } | undefined;
  /** Writes a batch; its bytes are not used afterwards. One at a time. */
  send(batch: Batch): Promise<void>;
}

const comma = 0x2c;
const defaultBatchBytes = 2_000_000;
/** Google takes 10 MiB a request; the rest is for what stands around the row. */
const longestRow = 10 * 1024 * 1024 - 4096;
/** Batches that are sent or wait for it, while the next one is filled. */
const mostPending = 2;
/** What the reader of the socket takes as a reason to pause. */
const tooMuch = 1000;

/** An exporter whose file is a tab: rows become batches near 2 MB, and what Google is slow to take makes the socket wait. */
export class SheetRows implements RowExporter {
  readonly notes: readonly string[] = [];
  /** Rows written, without the header. */
  count = 0;
  /** Whether there were more rows than maxRows. */
  hasMore = false;
  readonly encoder: SheetRowEncoder;
  readonly #options: SheetRowsOptions;
  readonly #limit: number;
  #buffer = Buffer.alloc(0);
  #position = 0;
  #lastFrom = 0;
  #rows = 0;
  #pending = 0;
  #sending: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(options: SheetRowsOptions) {
    this.#options = options;
    this.#limit = options.batchBytes ?? defaultBatchBytes;
    this.encoder = new SheetRowEncoder(options.columns);
  }

  get outstanding(): number {
    return this.#pending >= mostPending ? tooMuch : 0;
  }

  async drained(): Promise<void> {
    await this.#sending;
    this.#throwError();
  }

  async beginTable(_table: ExportedTable): Promise<void> {
    if (!this.#options.header) return;
    const text = Buffer.from(JSON.stringify(this.#options.columns.names));
    this.#reserve(text.length);
    this.#position += text.copy(this.#buffer, this.#position);
    this.#rows = 1;
  }

  rows(buffer: Buffer, start: number, end: number): void {
    this.#throwError();
    const { key, maxRows = Number.POSITIVE_INFINITY } = this.#options;
    for (let row = start; row < end; row += 1 + buffer.readInt32BE(row + 1)) {
      const bytes = this.encoder.find(buffer, row);
      if (key && this.#isKnown(buffer, key)) continue;
      if (this.count >= maxRows) {
        this.hasMore = true;
        continue;
      }
      this.#add(buffer, bytes);
      this.count++;
    }
  }

  async endTable(): Promise<void> {
    this.#flush(true);
    await this.drained();
  }

  async end(): Promise<void> {}

  #isKnown(buffer: Buffer, { place, known, onNull }: NonNullable<SheetRowsOptions['key']>): boolean {
    if (this.encoder.isNull(buffer, place)) onNull();
    // No text for each row of a first run.
    return known.size > 0 && known.has(this.encoder.field(buffer, place));
  }

  #add(source: Buffer, mostBytes: number): void {
    this.#reserve(mostBytes + 1);
    const begin = this.#position;
    let to = begin;
    if (this.#rows > 0) this.#buffer[to++] = comma;
    to = this.encoder.write(source, this.#buffer, to);
    if (to - begin > longestRow) {
      throw new BackupError(
        'SpreadsheetFull',
        'A row has more than 10 MiB, the most that Google takes in one request: choose columns.',
      );
    }
    if (to > this.#limit && this.#rows > 0) {
      const next = Buffer.from(this.#buffer.subarray(begin + 1, to));
      this.#position = begin;
      this.#flush(false);
      this.#reserve(next.length);
      to = next.copy(this.#buffer, 0);
    }
    this.#lastFrom = this.#position === 0 ? 0 : this.#position + 1;
    this.#position = to;
    this.#rows++;
  }

  #reserve(bytes: number): void {
    const wanted = this.#position + bytes;
    if (wanted <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#limit + 64 * 1024));
    this.#buffer.copy(larger, 0, 0, this.#position);
    releaseWhole(this.#buffer);
    this.#buffer = larger;
  }

  #flush(last: boolean): void {
    const [whole, rows, lastFrom] = [this.#buffer, this.#rows, this.#lastFrom];
    const bytes = whole.subarray(0, this.#position);
    [this.#buffer, this.#position, this.#rows, this.#lastFrom] = [Buffer.alloc(0), 0, 0, 0];
    this.#pending++;
    this.#sending = this.#sending.then(async () => {
      try {
        if (this.#error === undefined) await this.#options.send({ bytes, lastFrom, rows, last });
      } catch (error) {
        this.#error = error;
      }
      this.#pending--;
      releaseWhole(whole);
    });
  }

  #throwError(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
