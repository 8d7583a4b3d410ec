import { countOf } from '../../crds/inWords.ts';
import type { SyncedSheet, SyncReport } from '../../crds/syncReport.ts';
import { type ContentEntry, type OwnContent, type Short, webLink } from './ownContent.ts';
import type { SyncInput } from './reportInput.ts';
import type { Limits } from './reportLimits.ts';

/** What a mail about a sync tells of its own: the spreadsheet and its tabs. */
export function syncContent({ report }: SyncInput, limits: Limits, short: Short): OwnContent {
  const { result, spreadsheet, link, sheets } = report;
  return {
    noun: 'sync',
    volume: volume(report),
    held: '',
    warnings: [],
    facts: [['Spreadsheet', spreadsheet]],
    parts: {
      written: {
        title: result === 'Failed' ? 'Tabs written before the failure' : 'Tabs',
        entries: sheets.slice(0, limits.files).map((each) => tab(each, short)),
        ...{ place: 'spreadsheet', link: webLink(link) },
      },
    },
  };
}

/** `81,204 rows in 3 tabs`, where it is known. */
function volume({ rows, sheets }: SyncReport): string {
  return rows === undefined ? 'done' : `${countOf(rows, 'row')} in ${countOf(sheets.length, 'tab')}`;
}

function tab({ name, mode, rows, columns, inPlace }: SyncedSheet, short: Short): ContentEntry {
  return {
    title: short(name),
    detail: inPlace ? `${mode}, written in place` : mode,
    amount: countOf(rows, 'row'),
    more: countOf(columns, 'column'),
    link: undefined,
  };
}
