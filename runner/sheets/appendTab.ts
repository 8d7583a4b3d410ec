import { BackupError } from '../../crds/failureReason.ts';
import { GridWriter } from './gridWriter.ts';
import type { Batch } from './sheetRows.ts';
import type { TabLock } from './tabLock.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

export interface AppendTabOptions extends Omit<TabTarget, 'tab'> {
  readonly lock: TabLock;
  /** The first free row, counted from 1. */
  readonly from: number;
}

/**
 * Writes rows below those of a tab, each batch into a range of its own: to send it again does not double it. A run that was
 * killed leaves whole rows, whose keys the next one finds.
 */
export class AppendTab implements TabWriter {
  readonly #title: string;
  readonly #writer: GridWriter;

  constructor(options: AppendTabOptions) {
    this.#title = options.title;
    this.#writer = new GridWriter({ ...options, tab: options.lock.tab, expectedRows: 0 });
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    if (await this.#writer.write(batch, signal)) return;
    throw new BackupError(
      'SpreadsheetFull',
      `Sheet ${this.#title}: 10,000,000 cells do not suffice for the new rows; what was appended stays.`,
    );
  }

  async finish(): Promise<void> {}
}
