import type { SpreadsheetState, Tab } from './spreadsheet.ts';

/** Google takes so many cells a spreadsheet, empty ones included. https://support.google.com/drive/answer/37603 */
export const mostCells = 10_000_000;

/** How many cells the tabs of a spreadsheet have, kept up as a run changes them. */
export class Cells {
  readonly #byTab: Map<number, number>;

  constructor({ tabs }: SpreadsheetState) {
    this.#byTab = new Map(tabs.map(({ id, rows, columns }) => [id, rows * columns]));
  }

  /** Cells that tabs other than these leave free. */
  freeBeside(...ids: readonly number[]): number {
    let used = 0;
    for (const [id, cells] of this.#byTab) if (!ids.includes(id)) used += cells;
    return mostCells - used;
  }

  set({ id, rows, columns }: Pick<Tab, 'id' | 'rows' | 'columns'>): void {
    this.#byTab.set(id, rows * columns);
  }

  remove(id: number): void {
    this.#byTab.delete(id);
  }
}
