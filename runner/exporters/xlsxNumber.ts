import { maxDecimals, xlsxStyle } from './xlsxParts.ts';

/** Excel keeps no more digits of a number. */
const significantDigits = 15;
/** Between 1e-307 and 1e307 every number is one that Excel takes. */
const maxExponent = 307;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const letterE = 0x65;

/** Whether Excel keeps all digits of an int8. */
export function bigintFits(source: Buffer, start: number, end: number): boolean {
  return end - start - (source[start] === minus ? 1 : 0) <= significantDigits;
}

/**
 * The style that shows a numeric with all its decimal places, or -1 if it has to be text to keep its digits (or is NaN or infinite).
 * Zeros at the end of the places do not count as digits: the style shows them.
 */
export function numericStyle(source: Buffer, start: number, end: number): number {
  let digits = 0;
  let significant = 0;
  let decimals = -1;
  for (let at = source[start] === minus ? start + 1 : start; at < end; at++) {
    const byte = source[at] as number;
    if (byte === point) {
      decimals = 0;
      continue;
    }
    if (byte < zero || byte > nine) return -1;
    if (decimals >= 0) decimals++;
    if (digits > 0 || byte !== zero) digits++;
    if (decimals < 0 || byte !== zero) significant = digits;
  }
  if (significant > significantDigits || decimals > maxDecimals) return -1;
  return decimals <= 0 ? xlsxStyle.integer : xlsxStyle.decimals + decimals;
}

/**
 * Whether a float is a number that Excel takes. A double is one in Excel too, so that the shortest text that PostgreSQL gives, of up
 * to 17 digits, comes back as the same double.
 */
export function floatFits(source: Buffer, start: number, end: number): boolean {
  const first = source[source[start] === minus ? start + 1 : start] as number;
  if (first < zero || first > nine) return false;
  for (let at = start; at < end; at++) {
    if (source[at] === letterE) {
      let exponent = 0;
      for (let digit = at + 2; digit < end; digit++)
        exponent = exponent * 10 + (source[digit] as number) - zero;
      return exponent < maxExponent;
    }
  }
  return true;
}
