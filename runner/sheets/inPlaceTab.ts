import { BackupError } from '../../crds/failureReason.ts';
import { countInWords } from '../../crds/inWords.ts';
import { addTab, resizeTab } from './changes.ts';
import { GridWriter } from './gridWriter.ts';
import { newTabID } from './hiddenTab.ts';
import type { Batch } from './sheetRows.ts';
import type { Change } from './spreadsheet.ts';
import type { TabLock } from './tabLock.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

/**
 * The change that gives a tab the size that it will have: what lay beyond it is gone. `rows` is how many will come, the header
 * included. Throws SpreadsheetFull.
 */
export function sizedTab(
  { cells, title, columns, ...target }: TabTarget,
  rows: number,
): { readonly id: number; readonly change: Change } {
  const size = { rows: Math.max(rows, 1), columns };
  const id = target.tab?.id ?? newTabID();
  // One cell is for the lock.
  const free = cells.freeBeside(id) - 1;
  if (size.rows * columns > free) {
    throw new BackupError(
      'SpreadsheetFull',
      `Sheet ${title} needs ${countInWords(size.rows * columns)} cells (${countInWords(size.rows)} rows of ${columns}), and the other tabs leave ${countInWords(free)} of 10,000,000.`,
    );
  }
  return { id, change: target.tab ? resizeTab(id, size) : addTab(id, title, size, false) };
}

/** Writes over a tab of just the right size where people can see it, since the cells do not suffice for two copies. */
export class InPlaceTab implements TabWriter {
  readonly #writer: GridWriter;

  constructor(options: Omit<TabTarget, 'tab'> & { readonly lock: TabLock }) {
    const { tab } = options.lock;
    options.cells.set(tab);
    this.#writer = new GridWriter({ ...options, tab, from: 1, expectedRows: tab.rows });
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    const isWritten = await this.#writer.write(batch, signal);
    if (!isWritten) throw new Error('the tab has not the cells that it was given');
  }

  async finish(): Promise<void> {}
}
