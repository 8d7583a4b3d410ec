/** Cuts to at most `limit` UTF-16 units without splitting a character. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const splits = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splits ? limit - 1 : limit);
}

/** Gives out names that differ also for those who ignore case: a name that is taken becomes `name (2)`. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  readonly #limit: number;

  /** `limit` is the greatest length in UTF-16 units, counters included. */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  /** The wanted name, or the nearest one that is short enough and free. */
  take(wanted: string): string {
    for (let count = 1; ; count++) {
      const suffix = count === 1 ? '' : ` (${count})`;
      const name = cut(wanted, this.#limit - suffix.length) + suffix;
      const key = name.normalize('NFKC').toLowerCase();
      if (!this.#taken.has(key)) {
        this.#taken.add(key);
        return name;
      }
    }
  }
}

/** A name that every usual file system takes: no separators, no reserved characters or names (Windows is the strictest). */
export function safeFileName(name: string): string {
  const replaced = name
    .replaceAll(/[<>:"/\\|?*\u0000-\u001f\u007f]/g, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  if (replaced === '') return '_';
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(replaced) ? `_${replaced}` : replaced;
}

/** What Excel takes as the name of a sheet. */
export const sheetNameLength = 31;

/** A sheet name without what Excel forbids: `[]:*?/\`, control characters, apostrophes at the ends, nothing at all, "History". */
export function safeSheetName(name: string): string {
  const replaced = name
    .replaceAll(/[[\]:*?/\\\u0000-\u001f\ufffe\uffff]/g, '_')
    .replace(/^'/, '_')
    .replace(/'$/, '_');
  if (replaced.trim() === '') return '_';
  return replaced.toLowerCase() === 'history' ? `${replaced}_` : replaced;
}
