import { SheetsRefusal } from './sheetsError.ts';
import { type Cell, characterLimit } from './spreadsheet.ts';

/** How values are shown. */
export type ValueRender = 'FORMATTED_VALUE' | 'UNFORMATTED_VALUE' | 'FORMULA';

/** Refuses what does not fit into a cell. Characters are counted as UTF-16 units, which is unconfirmed. */
export function checkCell(value: unknown): void {
  if (typeof value === 'string' && value.length > characterLimit) {
    throw new SheetsRefusal(
      `Your input contains more than the maximum of ${characterLimit} characters in a single cell.`,
    );
  }
}

/** A cell as an answer shows it; an empty one is the empty string. There are no formulas to show. */
export function shownValue(cell: Cell, render: ValueRender): string | number | boolean {
  if (cell === undefined) return '';
  if (render !== 'FORMATTED_VALUE' || typeof cell === 'string') return cell;
  return typeof cell === 'boolean' ? String(cell).toUpperCase() : formattedNumber(cell);
}

/** The automatic format: some ten digits, and powers of ten for what is large or small (where from is unconfirmed). */
function formattedNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e15)) {
    const digits = size < 1 ? 10 : Math.max(0, 10 - Math.floor(Math.log10(size)) - 1);
    return String(Number(value.toFixed(digits)));
  }
  const [mantissa = '', exponent = ''] = value.toExponential(5).split('e');
  const [sign, power] = [exponent[0] ?? '+', exponent.slice(1)];
  return `${Number(mantissa)}E${sign}${power.padStart(2, '0')}`;
}
