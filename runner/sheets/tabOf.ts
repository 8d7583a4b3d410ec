import { BackupError } from '../../crds/failureReason.ts';
import type { SpreadsheetState, Tab } from './spreadsheet.ts';

/** The tab of a sheet; undefined if it is to be made. Throws SheetNotFound. */
export function tabOf(
  { name, create }: { readonly name: string; readonly create: boolean },
  { tabs }: SpreadsheetState,
): Tab | undefined {
  const tab = tabs.find(({ title }) => title.toLowerCase() === name.toLowerCase());
  if (tab !== undefined || create) return tab;
  const titles = tabs.slice(0, 20).map(({ title }) => title);
  const more = tabs.length > titles.length ? ` and ${tabs.length - titles.length} more` : '';
  throw new BackupError(
    'SheetNotFound',
    `The spreadsheet has no tab ${name}, but ${titles.join(', ')}${more}.`,
  );
}
