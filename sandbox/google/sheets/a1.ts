/** A range as A1 notation says it: rows and columns from 1, the ends included, what is missing is unbounded. */
export interface A1Range {
  readonly title: string | undefined;
  readonly startRow?: number;
  readonly endRow?: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
}

/** The number of a column: A is 1, ZZZ is 18,278. */
export function columnNumber(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** The letters of a column counted from 1. */
export function columnName(column: number): string {
  const before = Math.floor((column - 1) / 26);
  return (before > 0 ? columnName(before) : '') + String.fromCharCode(65 + ((column - 1) % 26));
}

const corner = /^\$?([A-Za-z]{1,3})?(?:\$?([1-9]\d{0,7}))?$/;

/**
 * Parses `Title!A1:B2`, `'It''s'!A:C`, `A5:C`, `2:3`, `Title`; undefined where it is no range. A text without `!` that is
 * no cell is a title. R1C1 is read as a title too: Google knows that notation, the fake does not.
 * https://developers.google.com/workspace/sheets/api/guides/concepts#cell
 */
export function parseA1(text: string): A1Range | undefined {
  const quoted = /^'((?:[^']|'')+)'(?:!(.*))?$/s.exec(text);
  if (quoted) {
    const title = quoted[1]?.replaceAll("''", "'");
    return quoted[2] === undefined ? { title } : cells(quoted[2], title);
  }
  const at = text.lastIndexOf('!');
  // A quote within a title, or another `!`, must be quoted.
  if (at >= 0)
    return /^[^'!]+$/.test(text.slice(0, at)) ? cells(text.slice(at + 1), text.slice(0, at)) : undefined;
  return cells(text, undefined) ?? (text === '' ? undefined : { title: text });
}

function cells(text: string, title: string | undefined): A1Range | undefined {
  const parts = text.split(':');
  if (parts.length > 2) return undefined;
  const [first, last] = parts.map((part) => {
    const found = part === '' ? null : corner.exec(part);
    return found && { column: found[1] && columnNumber(found[1]), row: found[2] && Number(found[2]) };
  });
  if (!first) return undefined;
  if (parts.length === 1) {
    // A column or a row alone is no range: `A:A`, `1:1`.
    if (!first.column || !first.row) return undefined;
    return span(title, [first.row, first.row], [first.column, first.column]);
  }
  if (!last) return undefined;
  // `A:B5` and `5:B` have no meaning; `A5:B` and `A5:9` are open at their end.
  if ((!first.row && last.row) || (!first.column && last.column)) return undefined;
  return span(title, [first.row, last.row], [first.column, last.column]);
}

type End = number | '' | undefined;

function span(title: string | undefined, rows: [End, End], columns: [End, End]): A1Range {
  const [startRow, endRow] = ordered(rows);
  const [startColumn, endColumn] = ordered(columns);
  return {
    title,
    ...(startRow && { startRow }),
    ...(endRow && { endRow }),
    ...(startColumn && { startColumn }),
    ...(endColumn && { endColumn }),
  };
}

/** `B3:A2` is `A2:B3`. */
function ordered([start, end]: [End, End]): [End, End] {
  return start && end && end < start ? [end, start] : [start, end];
}

/** Writes a range as Google's answers do; a range of one cell is that cell. */
export function formatA1(title: string, range: Omit<A1Range, 'title'>): string {
  const start = cell(range.startColumn, range.startRow);
  const end = cell(range.endColumn, range.endRow);
  const cellsText = start === end && range.startColumn && range.startRow ? start : `${start}:${end}`;
  return start === '' && end === '' ? quoted(title) : `${quoted(title)}!${cellsText}`;
}

function cell(column: number | undefined, row: number | undefined): string {
  return `${column === undefined ? '' : columnName(column)}${row ?? ''}`;
}

/** Quoted where Google quotes: what is no plain word, and what looks like a cell. */
function quoted(title: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_.]*$/.test(title);
  const likeCell = /^[A-Za-z]{1,3}\d+$/.test(title) || /^r\d*c\d*$/i.test(title);
  return plain && !likeCell ? title : `'${title.replaceAll("'", "''")}'`;
}
