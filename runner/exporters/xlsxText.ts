/** Characters of a cell that Excel takes, counted as it counts: in UTF-16 units. */
export const cellCharacters = 32_767;
/** A UTF-16 unit has at most three bytes in UTF-8. */
const cellBytes = 3 * cellCharacters;
/** The greatest growth of a byte: `_x0001_`. */
export const xlsxGrowth = 7;
/** The most room that a text takes in a cell. */
export const xlsxTextBytes = xlsxGrowth * cellBytes;

/** What a byte becomes: 0 itself, 1 `_x00HH_`, 2 perhaps the begin of a literal `_xHHHH_`, 3 perhaps U+FFFE or U+FFFF, else an entity. */
const classes = new Uint8Array(256).fill(1, 0, 0x20);
const itself = 0;
const control = 1;
const underscore = 2;
const lastPlane = 3;
const entities: readonly (Buffer | undefined)[] = [
  ...[undefined, undefined, undefined, undefined],
  ...['&amp;', '&lt;', '&gt;'].map((entity) => Buffer.from(entity)),
];
classes[0x09] = itself;
classes[0x0a] = itself;
classes[0x5f] = underscore;
classes[0xef] = lastPlane;
classes[0x26] = 4;
classes[0x3c] = 5;
classes[0x3e] = 6;

const hexDigits = Buffer.from('0123456789ABCDEF');
const escapedUnderscore = Buffer.from('_x005F_');

function isHex(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
  );
}

/** Whether what begins at this underscore would be read as an escape, perhaps together with one that follows. */
function looksEscaped(source: Buffer, at: number, end: number): boolean {
  if (at + 6 > end || source[at + 1] !== 0x78) return false;
  return isHex(source[at + 2]) && isHex(source[at + 3]) && isHex(source[at + 4]) && isHex(source[at + 5]);
}

/** Characters that were replaced by U+FFFD since the last call of `takeReplaced`. */
let replaced = 0;

/** How many characters `xlsxText` replaced since the last call. */
export function takeReplaced(): number {
  const count = replaced;
  replaced = 0;
  return count;
}

/**
 * Writes text as the content of an XML element, with Excel's escapes: control characters as `_xHHHH_`, a literal `_xHHHH_` as
 * `_x005F_xHHHH_` (ECMA-376 part 1, 22.9.2.19). U+FFFE and U+FFFF, which XML has not, become U+FFFD. Returns the position after it.
 */
export function xlsxText(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
): number {
  let to = position;
  for (let from = start; from < end; from++) {
    const byte = source[from] as number;
    const kind = classes[byte] as number;
    if (kind === itself) {
      target[to++] = byte;
    } else if (kind === control) {
      target.set(escapedUnderscore, to);
      target[to + 4] = hexDigits[byte >> 4] as number;
      target[to + 5] = hexDigits[byte & 15] as number;
      to += escapedUnderscore.length;
    } else if (kind === underscore) {
      if (looksEscaped(source, from, end)) {
        target.set(escapedUnderscore, to);
        to += escapedUnderscore.length;
      } else {
        target[to++] = byte;
      }
    } else if (kind === lastPlane) {
      target[to++] = byte;
      if (source[from + 1] === 0xbf && (source[from + 2] as number) >= 0xbe) {
        target[to++] = 0xbf;
        target[to++] = 0xbd;
        from += 2;
        replaced++;
      }
    } else {
      const entity = entities[kind] as Buffer;
      target.set(entity, to);
      to += entity.length;
    }
  }
  return to;
}

/** Where a text has to end to fit in a cell; `end` if it fits. Characters stay whole. */
export function cellEnd(source: Buffer, start: number, end: number): number {
  if (end - start <= cellCharacters) return end;
  let units = 0;
  for (let from = start; from < end; ) {
    const byte = source[from] as number;
    const bytes = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    units += bytes === 4 ? 2 : 1;
    if (units > cellCharacters) return from;
    from += bytes;
  }
  return end;
}
