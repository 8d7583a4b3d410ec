import { BackupError } from '../../crds/failureReason.ts';
import { onOneLine } from '../../crds/inWords.ts';
import { columnLetters } from './range.ts';
import type { Spreadsheet, Tab } from './spreadsheet.ts';

export interface TabContents {
  /** Texts of the key column. */
  readonly keys: ReadonlySet<string>;
  /** The first free row, counted from 1. */
  readonly from: number;
  /** Whether the tab has nothing yet: the header is still to be written. */
  readonly isEmpty: boolean;
}

export const emptyTab: TabContents = { keys: new Set(), from: 1, isEmpty: true };

/** So many keys of usual length stay far below what an answer may have. */
const rowsAtOnce = 200_000;

/** Reads which keys a tab holds, in any order, and where it ends. Throws HeaderDiffers. */
export async function tabContents(
  spreadsheet: Spreadsheet,
  tab: Tab,
  { names, header, keyIndex }: { names: readonly string[]; header: boolean; keyIndex: number },
  signal: AbortSignal,
): Promise<TabContents> {
  const last = columnLetters(Math.min(names.length, tab.columns));
  const keyLetters = columnLetters(Math.min(keyIndex + 1, tab.columns));
  const keys = new Set<string>();
  let first: unknown[] = [];
  let end = 0;
  for (let from = 1; from <= tab.rows; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce - 1, tab.rows);
    const ranges = [`A${from}:${last}${from}`, `${keyLetters}${from}:${keyLetters}${to}`];
    const [top = [], column = []] = await spreadsheet.read(tab.title, ranges, signal);
    if (from === 1) first = top[0] ?? [];
    for (const [index, [cell]] of column.entries()) {
      if (isEmptyCell(cell)) continue;
      end = from + index;
      if (!header || end > 1) keys.add(String(cell));
    }
  }
  // Somebody's remark below the rows is not written over.
  if (end < tab.rows) {
    const [below = []] = await spreadsheet.read(tab.title, [`A${end + 1}:${last}${tab.rows}`], signal);
    end += below.findLastIndex((row) => row.some((cell) => !isEmptyCell(cell))) + 1;
  }
  if (end === 0) return emptyTab;
  if (header) requireHeader(tab.title, first, names);
  return { keys, from: end + 1, isEmpty: false };
}

function isEmptyCell(cell: unknown): boolean {
  return cell === undefined || cell === null || cell === '';
}

function requireHeader(title: string, found: readonly unknown[], names: readonly string[]): void {
  if (names.every((name, index) => String(found[index] ?? '') === name)) return;
  const wanted = onOneLine(names.join(', '), 300);
  throw new BackupError('HeaderDiffers', `The first row of tab ${title} does not begin with ${wanted}.`);
}
