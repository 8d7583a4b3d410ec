import { BackupError } from '../../crds/failureReason.ts';
import { countInWords } from '../../crds/inWords.ts';
import { addTab, resizeTab } from './changes.ts';
import { GridWriter } from './gridWriter.ts';
import type { Batch } from './sheetRows.ts';
import { newTabID } from './stagedTab.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

/**
 * Writes over a tab where people can see it, since the cells do not suffice for two copies. `rows` is how many will come, the
 * header included. Throws SpreadsheetFull before anything is changed.
 */
export class InPlaceTab implements TabWriter {
  readonly #options: TabTarget;
  readonly #rows: number;
  #writer: GridWriter | undefined;

  constructor(options: TabTarget, rows: number) {
    this.#options = options;
    this.#rows = rows;
  }

  /** Gives the tab the size that it will have: what lay beyond it is gone. */
  async begin(signal: AbortSignal): Promise<void> {
    const { spreadsheet, cells, title, columns } = this.#options;
    const size = { rows: Math.max(this.#rows, 1), columns };
    const tab = this.#options.tab ?? { id: newTabID(), title };
    const free = cells.freeBeside(tab.id);
    if (size.rows * columns > free) {
      throw new BackupError(
        'SpreadsheetFull',
        `Sheet ${title} needs ${countInWords(size.rows * columns)} cells (${countInWords(size.rows)} rows of ${columns}), and the other tabs leave ${countInWords(free)} of 10,000,000.`,
      );
    }
    const isNew = this.#options.tab === undefined;
    await spreadsheet.change(
      isNew ? 'make the tab' : 'give the tab its size',
      [isNew ? addTab(tab.id, title, size, false) : resizeTab(tab.id, size)],
      ({ tabs }) =>
        tabs.some((found) => found.id === tab.id && found.rows === size.rows && found.columns === columns),
      signal,
    );
    const sized = { ...tab, ...size };
    cells.set(sized);
    this.#writer = new GridWriter({
      ...{ spreadsheet, cells, tab: sized, from: 1, columns, expectedRows: this.#rows },
    });
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    const isWritten = await this.#writer?.write(batch, signal);
    if (!isWritten) throw new Error('the tab has not the cells that it was given');
  }

  async finish(): Promise<void> {}
}
