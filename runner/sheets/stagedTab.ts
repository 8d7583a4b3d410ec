import { addTab, clearTab, copyValues, deleteTab, growTab, showTab, unfiltered } from './changes.ts';
import { GridWriter, gridRows } from './gridWriter.ts';
import { newTabID, stagingTitle } from './hiddenTab.ts';
import type { Batch } from './sheetRows.ts';
import type { Change, SpreadsheetState, Tab } from './spreadsheet.ts';
import { lockedFor, whileUnlocked } from './tabLock.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

export interface StagedTabOptions extends TabTarget {
  readonly expectedRows: number;
  /** When the run ends at the latest, by Google's clock. */
  readonly deadline: Date;
}

/**
 * Replaces the values of a tab in one moment: they go into a hidden tab first, and then one change copies them, empties the rest
 * and deletes the hidden tab. What points at the tab (charts, formats, formulas) still points at it. A tab that was not there
 * is the hidden one, renamed.
 */
export class StagedTab implements TabWriter<string> {
  readonly #options: StagedTabOptions;
  readonly #id = newTabID();
  #writer: GridWriter | undefined;
  /** Whether the cells do not suffice for two copies; then nothing more was written. */
  hasNoRoom = false;

  constructor(options: StagedTabOptions) {
    this.#options = options;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    if (this.hasNoRoom || batch.rows === 0) return;
    this.#writer ??= await this.#begin(batch, signal);
    if (this.#writer === undefined || !this.#hasRoomForCopy(this.#writer.rows + batch.rows)) {
      this.hasNoRoom = true;
      return;
    }
    const isWritten = await this.#writer.write(batch, signal);
    // The hidden tab grows ahead of its rows.
    this.hasNoRoom = !isWritten || !this.#hasRoomForCopy(this.#writer.rows);
  }

  /** Gives the title under which the rows stand now. */
  async finish(signal: AbortSignal): Promise<string> {
    const { spreadsheet, cells, title, tab, columns, waited } = this.#options;
    const writer = this.#writer;
    const size = { rows: writer?.rows ?? 0, columns };
    const grid = { rows: Math.max(size.rows, 1), columns };
    if (tab === undefined) {
      const id = this.#id;
      const change = writer ? showTab(id, title, grid) : addTab(id, title, grid, false);
      await spreadsheet.change('show the new tab', [change], ({ tabs }) => shows(tabs, id, title), signal);
      cells.set({ id, ...grid });
      return title;
    }
    const larger = this.#larger(size.rows, tab);
    const changes: Change[] = [
      ...growTab(tab.id, tab, larger),
      // Not the rest alone: somebody may have inserted rows meanwhile, or another run written more of them.
      clearTab(tab.id),
      ...(writer ? unfiltered(tab, [copyValues(this.#id, tab.id, size)]) : []),
      ...(writer ? [deleteTab(this.#id)] : []),
      ...lockedFor(tab.id),
    ];
    const { tabs } = await whileUnlocked(
      { spreadsheet, tabID: tab.id, waited },
      {
        what: 'replace the rows of the tab',
        changes,
        isDone: (state) => this.#isDone(state, tab, signal),
      },
      signal,
    );
    cells.set({ id: tab.id, ...larger });
    cells.remove(this.#id);
    return tabs.find(({ id }) => id === tab.id)?.title ?? title;
  }

  /** Deletes the hidden tab of a run that failed, or that goes on in another way. */
  async abandon(signal: AbortSignal): Promise<void> {
    if (this.#writer === undefined) return;
    const isGone = ({ tabs }: SpreadsheetState) => tabs.every(({ id }) => id !== this.#id);
    await this.#options.spreadsheet.change('delete a hidden tab', [deleteTab(this.#id)], isGone, signal);
    this.#options.cells.remove(this.#id);
    this.#writer = undefined;
  }

  async #begin(batch: Batch, signal: AbortSignal): Promise<GridWriter | undefined> {
    const { spreadsheet, cells, columns, expectedRows, deadline } = this.#options;
    const rows = [gridRows(batch.rows, batch, expectedRows), batch.rows].find((wanted) =>
      this.#hasRoomForCopy(wanted, wanted),
    );
    if (rows === undefined) return undefined;
    const title = stagingTitle(deadline, this.#id);
    await spreadsheet.change(
      'make a hidden tab',
      [addTab(this.#id, title, { rows, columns }, true)],
      ({ tabs }) => tabs.some(({ id }) => id === this.#id),
      signal,
    );
    const tab = { id: this.#id, title, rows, columns };
    cells.set(tab);
    return new GridWriter({ spreadsheet, cells, tab, from: 1, columns, expectedRows });
  }

  /** Whether tab and hidden tab find room beside each other, the first with so many rows. */
  #hasRoomForCopy(rows: number, stagedRows = this.#writer?.tab.rows ?? 0): boolean {
    const { cells, tab, columns } = this.#options;
    const target = tab ? this.#larger(rows, tab) : { rows: 0, columns: 0 };
    const staged = Math.max(rows, stagedRows) * columns;
    const own = tab ? [tab.id, this.#id] : [this.#id];
    return target.rows * target.columns + staged <= cells.freeBeside(...own);
  }

  // A grid is never made smaller: ranges of charts would shrink with it, and not grow again.
  #larger(rows: number, tab: Tab) {
    return { rows: Math.max(rows, tab.rows), columns: Math.max(this.#options.columns, tab.columns) };
  }

  /**
   * Whether the last change was made, after its answer was lost. Nobody else deletes the hidden tab before its deadline; the last
   * row is looked at for the case that a person did.
   */
  async #isDone({ tabs }: SpreadsheetState, tab: Tab, signal: AbortSignal): Promise<boolean> {
    const writer = this.#writer;
    if (writer === undefined || tabs.some(({ id }) => id === this.#id)) return false;
    const [row] = await this.#options.spreadsheet.read(tab.title, [`${writer.rows}:${writer.rows}`], signal);
    return sameRow(row?.[0] ?? [], JSON.parse(String(writer.lastRow)) as unknown[]);
  }
}

function shows(tabs: readonly Tab[], tabID: number, wanted: string): boolean {
  return tabs.some(({ id, title }) => id === tabID && title === wanted);
}

/** Answers leave out empty cells at the end of a row. */
function sameRow(read: readonly unknown[], written: readonly unknown[]): boolean {
  const trimmed = (cells: readonly unknown[]) =>
    cells.slice(0, cells.findLastIndex((cell) => cell !== '' && cell !== null) + 1);
  return JSON.stringify(trimmed(read)) === JSON.stringify(trimmed(written));
}
