/** The name of a column, counted from 1: 1 is A, 27 is AA. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

/** `'Ann''s orders'!A2:J5001`: rows [from, from + rows) counted from 1, and the first so many columns. */
export function cellRange(title: string, from: number, rows: number, columns: number): string {
  return `${quotedTitle(title)}!A${from}:${columnLetters(columns)}${from + rows - 1}`;
}

/** A title as A1 notation has it. */
export function quotedTitle(title: string): string {
  return `'${title.replaceAll("'", "''")}'`;
}
