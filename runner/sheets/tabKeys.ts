import { BackupError } from '../../crds/failureReason.ts';
import { onOneLine } from '../../crds/inWords.ts';
import { columnLetters } from './range.ts';
import type { Spreadsheet, Tab } from './spreadsheet.ts';

export interface TabContents {
  readonly keys: TabKeys;
  /** The first free row, counted from 1. */
  readonly from: number;
  /** Whether the tab has nothing yet: the header is still to be written. */
  readonly isEmpty: boolean;
}

/** Texts of the key column, kept as JSON: a tenth of what they take as texts. */
export class TabKeys {
  readonly #parts: Buffer[] = [];

  add(keys: readonly string[]): void {
    if (keys.length > 0) this.#parts.push(Buffer.from(JSON.stringify(keys)));
  }

  /** All of them, some at a time, as JSON arrays of texts. */
  *parts(): Generator<string> {
    for (const part of this.#parts) yield String(part);
  }
}

export const emptyTab: TabContents = { keys: new TabKeys(), from: 1, isEmpty: true };

/** So many keys of usual length stay far below what an answer may have, and what memory has. */
const rowsAtOnce = 50_000;

/** Reads which keys a tab holds, in any order, and where it ends. Throws HeaderDiffers. */
export async function tabContents(
  spreadsheet: Spreadsheet,
  tab: Tab,
  { names, header, keyIndex }: { names: readonly string[]; header: boolean; keyIndex: number },
  signal: AbortSignal,
): Promise<TabContents> {
  const last = columnLetters(Math.min(names.length, tab.columns));
  const keyLetters = columnLetters(Math.min(keyIndex + 1, tab.columns));
  const read = (...ranges: string[]) => spreadsheet.read(tab.title, ranges, signal, 'COLUMNS');
  const keys = new TabKeys();
  let first: unknown[] = [];
  let end = 0;
  for (let from = 1; from <= tab.rows; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce - 1, tab.rows);
    const range = `${keyLetters}${from}:${keyLetters}${to}`;
    const [[column = []] = [], top = []] = await read(range, ...(from === 1 ? [`A1:${last}1`] : []));
    if (from === 1) first = top.map(([cell]) => cell);
    const lastKey = column.findLastIndex((cell) => !isEmptyCell(cell));
    if (lastKey >= 0) end = from + lastKey;
    const rows = header && from === 1 ? column.slice(1) : column;
    keys.add(rows.filter((cell) => !isEmptyCell(cell)).map(String));
  }
  // Somebody's remark below the rows is not written over.
  if (end < tab.rows) {
    const [below = []] = await read(`A${end + 1}:${last}${tab.rows}`);
    end += Math.max(0, ...below.map((column) => column.findLastIndex((cell) => !isEmptyCell(cell)) + 1));
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
