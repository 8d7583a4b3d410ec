import { BackupError } from '../../crds/failureReason.ts';
import { addTab } from './changes.ts';
import { GridWriter, gridRows } from './gridWriter.ts';
import type { Batch } from './sheetRows.ts';
import type { Tab } from './spreadsheet.ts';
import { newTabID } from './stagedTab.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

export interface AppendTabOptions extends TabTarget {
  /** The first free row, counted from 1. */
  readonly from: number;
}

/**
 * Writes rows below those of a tab, each batch into a range of its own: to send it again does not double it. A run that was
 * killed leaves whole rows, whose keys the next one finds.
 */
export class AppendTab implements TabWriter {
  readonly #options: AppendTabOptions;
  #writer: GridWriter | undefined;

  constructor(options: AppendTabOptions) {
    this.#options = options;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    if (batch.rows === 0) return;
    const { spreadsheet, cells, columns, from } = this.#options;
    this.#writer ??= new GridWriter({
      ...{ spreadsheet, cells, columns, from, expectedRows: 0 },
      tab: this.#options.tab ?? (await this.#make(gridRows(batch.rows, batch, 0), signal)),
    });
    if (await this.#writer.write(batch, signal)) return;
    throw new BackupError(
      'SpreadsheetFull',
      `Sheet ${this.#options.title}: 10,000,000 cells do not suffice for the new rows; what was appended stays.`,
    );
  }

  async finish(signal: AbortSignal): Promise<void> {
    if (this.#options.tab === undefined && this.#writer === undefined) await this.#make(1, signal);
  }

  async #make(rows: number, signal: AbortSignal): Promise<Tab> {
    const { spreadsheet, cells, title, columns } = this.#options;
    const tab = { id: newTabID(), title, rows, columns };
    await spreadsheet.change(
      'make the tab',
      [addTab(tab.id, title, tab, false)],
      ({ tabs }) => tabs.some(({ id }) => id === tab.id),
      signal,
    );
    cells.set(tab);
    return tab;
  }
}
