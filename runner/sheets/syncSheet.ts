import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { countInWords, countOf } from '../../crds/inWords.ts';
import type { SyncedSheet } from '../../crds/syncReport.ts';
import { appendSource } from './appendQuery.ts';
import { AppendTab } from './appendTab.ts';
import type { Cells } from './cells.ts';
import { addTab } from './changes.ts';
import { newTabID } from './hiddenTab.ts';
import { InPlaceTab, sizedTab } from './inPlaceTab.ts';
import { queryError } from './queryError.ts';
import { sheetColumns } from './sheetRow.ts';
import { SheetRows, type SheetRowsOptions } from './sheetRows.ts';
import type { SheetSource } from './sheetSource.ts';
import { readSheet, undone } from './sheetsSnapshot.ts';
import type { Spreadsheet, Tab } from './spreadsheet.ts';
import { StagedTab } from './stagedTab.ts';
import { emptyTab, type TabKeys, tabContents } from './tabKeys.ts';
import { whileLocked } from './tabLock.ts';
import type { TabTarget, TabWriter } from './tabWriter.ts';

/** What all sheets of a run share. */
export interface SheetServices {
  /** In the transaction of the snapshot. */
  readonly client: pg.Client;
  readonly spreadsheet: Spreadsheet;
  readonly cells: Cells;
  /** When the run ends at the latest, by Google's clock. */
  readonly deadline: Date;
  readonly warnings: string[];
  readonly notes: string[];
  readonly batchBytes?: number | undefined;
  readonly arrived?: (rows: number) => void;
}

/** Brings one tab up to the snapshot. Throws BackupError; a tab in mode Replace is then as it was, unless it says otherwise. */
export async function syncSheet(
  source: SheetSource,
  tab: Tab | undefined,
  services: SheetServices,
  signal: AbortSignal,
): Promise<SyncedSheet> {
  const { sheet, columns, picks, key } = source;
  const target: TabTarget = {
    ...{ spreadsheet: services.spreadsheet, cells: services.cells },
    ...{ title: tab?.title ?? sheet.name, tab, columns: picks.length },
    waited: (seconds) =>
      services.notes.push(`Sheet ${sheet.name} waited ${seconds} s for another run that wrote into its tab.`),
  };
  const options: Fill = {
    columns: sheetColumns(columns, picks, { numbers: sheet.numbers, key }),
    header: sheet.header,
    maxRows: sheet.maxRows,
    batchBytes: services.batchBytes,
  };
  const done = { name: sheet.name, mode: sheet.mode, columns: picks.length };
  if (sheet.mode === 'Append') {
    return { ...done, rows: await append(source, target, options, services, signal) };
  }
  const expectedRows = Math.min(source.estimatedRows, sheet.maxRows ?? Number.POSITIVE_INFINITY) + 1;
  const staged = new StagedTab({ ...target, expectedRows, deadline: services.deadline });
  try {
    const rows = await fill(source, staged, options, services, signal);
    if (!staged.hasNoRoom) {
      tellRenamed(source, tab, await staged.finish(signal), services);
      return { ...done, rows };
    }
  } catch (error) {
    // What cannot be removed now, a later run removes.
    await staged.abandon(AbortSignal.timeout(5_000)).catch(() => {});
    throw error;
  }
  await staged.abandon(signal);
  return { ...done, rows: await inPlace(source, target, options, services, signal), inPlace: true };
}

type Fill = Omit<SheetRowsOptions, 'send'>;

/** Reads the rows into a writer, and tells what a cell could not hold. */
async function fill(
  source: SheetSource,
  writer: Pick<TabWriter, 'write'>,
  options: Fill,
  services: SheetServices,
  signal: AbortSignal,
): Promise<number> {
  const rows = new SheetRows({ ...options, send: (batch) => writer.write(batch, signal) });
  await readSheet(services.client, source, rows, signal, services.arrived);
  tell(source, rows, options, services);
  return rows.count;
}

function tell(
  { sheet }: SheetSource,
  { encoder, hasMore }: SheetRows,
  { columns }: Fill,
  { warnings, notes }: SheetServices,
): void {
  for (const [index, cut] of encoder.cut.entries()) {
    if (cut === 0) continue;
    const note = `Sheet ${sheet.name}, column ${columns.names[index]}: ${countOf(cut, 'value')} had more than 50,000 characters and ${cut === 1 ? 'was' : 'were'} cut.`;
    if (!notes.includes(note)) notes.push(note);
  }
  if (!hasMore) return;
  const warning = `Sheet ${sheet.name} has the first ${countInWords(sheet.maxRows ?? 0)} rows alone (maxRows); there are more.`;
  if (!warnings.includes(warning)) warnings.push(warning);
}

async function inPlace(
  source: SheetSource,
  target: TabTarget,
  options: Fill,
  services: SheetServices,
  signal: AbortSignal,
): Promise<number> {
  const { sheet } = source;
  const header = sheet.header ? 1 : 0;
  const count = await countRows(source, services);
  const { spreadsheet, deadline, warnings } = services;
  const { id: tabID, change } = sizedTab(target, Math.min(count, sheet.maxRows ?? count) + header);
  return whileLocked(
    { spreadsheet, tabID, waited: target.waited },
    { deadline, changes: [change] },
    signal,
    (lock) => {
      warnings.push(
        `Sheet ${sheet.name} was written in place: 10,000,000 cells do not suffice for a second copy, so people saw it half-written meanwhile.`,
      );
      return fill(source, new InPlaceTab({ ...target, lock }), options, services, signal);
    },
  );
}

async function countRows({ sheet, sql }: SheetSource, { client }: SheetServices): Promise<number> {
  const text = `SELECT count(*) AS count FROM (\n${sql.replace(/[;\s]+$/, '')}\n) AS q`;
  try {
    const { rows } = await undone(client, () => client.query<{ count: string }>(text));
    return Number(rows[0]?.count);
  } catch (error) {
    throw queryError(error, sheet.name);
  }
}

async function append(
  source: SheetSource,
  target: TabTarget,
  options: Fill,
  services: SheetServices,
  signal: AbortSignal,
): Promise<number> {
  const { sheet, picks, key = 0 } = source;
  const { client, spreadsheet, deadline } = services;
  const narrow = (keys: TabKeys) => undone(client, () => appendSource(client, source, keys));
  // A query that is refused makes no tab.
  const whole = target.tab ? undefined : await narrow(emptyTab.keys);
  const tabID = target.tab?.id ?? newTabID();
  const size = { rows: 1, columns: target.columns };
  const changes = target.tab ? [] : [addTab(tabID, target.title, size, false)];
  return whileLocked(
    { spreadsheet, tabID, waited: target.waited },
    { deadline, changes },
    signal,
    async (lock) => {
      tellRenamed(source, target.tab, lock.tab.title, services);
      services.cells.set(lock.tab);
      const layout = { names: options.columns.names, header: sheet.header, keyIndex: picks.indexOf(key) };
      const contents = whole ? emptyTab : await tabContents(spreadsheet, lock.tab, layout, signal);
      const { keys, from, isEmpty } = contents;
      const { source: lacking, known } = whole ?? (await narrow(keys));
      const onNull = () => {
        throw new BackupError(
          'KeyInvalid',
          `Sheet ${sheet.name}: keyColumn ${sheet.keyColumn} is NULL in a row.`,
        );
      };
      return fill(
        lacking,
        new AppendTab({ ...target, lock, from }),
        { ...options, header: sheet.header && isEmpty, key: { place: key, known, onNull } },
        services,
        signal,
      );
    },
  );
}

function tellRenamed(
  { sheet }: SheetSource,
  tab: Tab | undefined,
  title: string,
  { warnings }: SheetServices,
): void {
  if (tab === undefined || title === tab.title) return;
  warnings.push(
    `Tab ${tab.title} was renamed to ${title} during the run: the rows of sheet ${sheet.name} stand there, and the next run makes a new tab.`,
  );
}
