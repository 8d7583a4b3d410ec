import type { Cells } from './cells.ts';
import type { Batch } from './sheetRows.ts';
import type { Spreadsheet, Tab } from './spreadsheet.ts';

/** Where the rows of one sheet go. */
export interface TabTarget {
  readonly spreadsheet: Spreadsheet;
  readonly cells: Cells;
  readonly title: string;
  /** The tab as it was found; undefined if it is to be made. */
  readonly tab: Tab | undefined;
  readonly columns: number;
  /** Is told how many seconds another run had the tab. */
  readonly waited: (seconds: number) => void;
}

/** One way to fill a tab. */
export interface TabWriter<Result = void> {
  write(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Everything was written: makes it count. */
  finish(signal: AbortSignal): Promise<Result>;
}
