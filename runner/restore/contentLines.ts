import { countInWords, countOf, onOneLine } from '../../crds/inWords.ts';
import type { Content } from './targetContents.ts';

const shown = 10;

/** What a database holds, for people: `12 tables: public.a (about 3,000 rows), public.b …`, a line for each kind. */
export function contentLines(contents: readonly Content[]): string[] {
  return [...Map.groupBy(contents, ({ kind }) => kind)].map(([kind, all]) => {
    if (kind === 'large object') return countOf(Number(all[0]?.name), kind);
    const names = all.slice(0, shown).map(({ name, rows }) => {
      return onOneLine(rows > 0 ? `${name} (about ${countInWords(rows)} rows)` : name, 120);
    });
    const more = all.length > shown ? ` and ${all.length - shown} more` : '';
    const what = kind.startsWith('rows of')
      ? kind.replace('table', all.length === 1 ? 'table' : 'tables')
      : countOf(all.length, kind);
    return `${what}: ${names.join(', ')}${more}`;
  });
}
