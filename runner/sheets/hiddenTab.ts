import { randomInt } from 'node:crypto';
import { stagingPrefix } from '../../crds/sheetSpec.ts';
import type { SpreadsheetState, Tab } from './spreadsheet.ts';

/** Google's IDs of tabs are positive and have 31 bits. */
export const newTabID = () => randomInt(1, 2 ** 31 - 1);

/** A killed run's tab lies there until the run would have ended at the latest, and a little longer. */
const marginMs = 10 * 60_000;

/** Title of a hidden tab that nobody needs after the deadline. */
export function stagingTitle(deadline: Date, id: number): string {
  return `${stagingPrefix}until ${deadline.toISOString()} ${id}`;
}

/** Hidden tabs that killed runs left behind; those of runs that may still go on are not among them. */
export function leftovers({ tabs, now }: SpreadsheetState): Tab[] {
  return tabs.filter(({ title }) => {
    if (!title.startsWith(stagingPrefix)) return false;
    const deadline = Date.parse(/until (\S+Z) \d+$/.exec(title)?.[1] ?? '');
    return deadline + marginMs < now.getTime();
  });
}
