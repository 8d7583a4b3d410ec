import type { Cells } from './cells.ts';
import { growTab } from './changes.ts';
import { cellRange } from './range.ts';
import type { Batch } from './sheetRows.ts';
import type { Spreadsheet, Tab } from './spreadsheet.ts';
import type { TabLock } from './tabLock.ts';

export interface GridWriterOptions {
  readonly spreadsheet: Spreadsheet;
  readonly cells: Cells;
  readonly tab: Tab;
  /** The row that is written next, counted from 1. */
  readonly from: number;
  /** Columns that are written. */
  readonly columns: number;
  /** How many rows will come, as far as one knows. */
  readonly expectedRows: number;
  /** For a tab that people see. */
  readonly lock?: TabLock;
}

/** Writes batches one below the other into fixed ranges of a tab, which grows where it must. */
export class GridWriter {
  readonly #options: GridWriterOptions;
  readonly #from: number;
  tab: Tab;
  /** Rows that were written. */
  rows = 0;
  /** The last row that was written, as JSON. */
  lastRow: Buffer | undefined;

  constructor(options: GridWriterOptions) {
    this.#options = options;
    this.#from = options.from;
    this.tab = options.tab;
  }

  /** False if the spreadsheet has not the cells for it; nothing was written then. */
  async write(batch: Batch, signal: AbortSignal): Promise<boolean> {
    if (batch.rows === 0) return true;
    const { spreadsheet, cells, columns } = this.#options;
    const next = this.#from + this.rows;
    const rows = gridRows(next - 1 + batch.rows, batch, this.#from - 1 + this.#options.expectedRows);
    const free = cells.freeBeside(this.tab.id);
    const size = [rows, next - 1 + batch.rows]
      .map((wanted) => ({
        rows: Math.max(wanted, this.tab.rows),
        columns: Math.max(columns, this.tab.columns),
      }))
      .find((wanted) => wanted.rows * wanted.columns <= free);
    if (size === undefined) return false;
    if (next - 1 + batch.rows > this.tab.rows || size.columns > this.tab.columns) {
      await spreadsheet.change(
        'make the tab larger',
        growTab(this.tab.id, this.tab, size),
        ({ tabs }) =>
          tabs.some(
            ({ id, rows, columns }) => id === this.tab.id && rows >= size.rows && columns >= size.columns,
          ),
        signal,
      );
      this.tab = { ...this.tab, ...size };
      cells.set(this.tab);
    }
    const range = cellRange(this.tab.title, next, batch.rows, columns);
    this.lastRow = Buffer.from(batch.bytes.subarray(batch.lastFrom));
    await spreadsheet.write(
      { range, rows: batch.bytes, count: batch.rows, guard: this.#options.lock?.guard },
      signal,
    );
    this.rows += batch.rows;
    return true;
  }
}

/** How many rows a grid gets that has to have so many now: each growth costs a request. */
export function gridRows(needed: number, { last }: Pick<Batch, 'last'>, expected: number): number {
  return last ? needed : Math.max(needed * 2, Math.ceil(expected * 1.1) + 100);
}
