import { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from '../destinations/clock.ts';
import { addTab, deleteTab } from './changes.ts';
import { newTabID, stagingTitle } from './hiddenTab.ts';
import { quotedTitle } from './range.ts';
import type { Change, Spreadsheet, SpreadsheetState, Tab } from './spreadsheet.ts';

/** How long the sign of life of another run stays the same until it counts as dead. A batch of rows seldom takes a minute. */
const patienceMs = 120_000;
/** Two reads each; Google takes 60 a minute. */
const pollMs = 10_000;
const mask = 0x2db1_ac5e;

/** ID of the hidden tab that locks a tab. Google gives each ID once, so of several runs that make it one succeeds. */
const lockID = (tabID: number) => (tabID ^ mask) & 0x7fff_ffff;

export interface TakeOptions {
  /** When the run ends at the latest, by Google's clock. */
  readonly deadline: Date;
  /** What else is changed in the same moment. */
  readonly changes?: readonly Change[];
}

export interface Waiting {
  readonly spreadsheet: Spreadsheet;
  readonly tabID: number;
  /** Is told how long another run had the lock. */
  readonly waited: (seconds: number) => void;
}

/**
 * The right to write rows into a tab that people see, for one run at a time. It is a hidden tab: its ID is derived from the tab,
 * its title belongs to the run, and each write of rows also writes into it. Who lost it can therefore write no more, whatever
 * the clocks say. A run that was killed leaves it; the next one takes it over when nothing was written into it for two minutes.
 */
export class TabLock {
  readonly #spreadsheet: Spreadsheet;
  /** The tab, as it was when the lock was taken. */
  readonly tab: Tab;
  readonly #title: string;

  private constructor(spreadsheet: Spreadsheet, tab: Tab, title: string) {
    this.#spreadsheet = spreadsheet;
    this.tab = tab;
    this.#title = title;
  }

  /** Waits for the lock and takes it, together with other changes: all or none. */
  static async take(
    waiting: Waiting,
    { deadline, changes = [] }: TakeOptions,
    signal: AbortSignal,
  ): Promise<TabLock> {
    const { spreadsheet, tabID } = waiting;
    const id = lockID(tabID);
    const title = stagingTitle(deadline, newTabID());
    const { tabs } = await whileUnlocked(
      waiting,
      {
        what: 'lock the tab',
        changes: [...changes, addTab(id, title, { rows: 1, columns: 1 }, true)],
        isDone: ({ tabs }) => tabs.some((tab) => tab.id === id && tab.title === title),
      },
      signal,
    );
    const tab = tabs.find((found) => found.id === tabID);
    if (tab === undefined) throw new BackupError('SheetChanged', 'The tab was deleted just now.');
    return new TabLock(spreadsheet, tab, title);
  }

  /** The cell that each write of rows writes, too. */
  get guard(): string {
    return `${quotedTitle(this.#title)}!A1`;
  }

  /** Gives the lock back. That it does not work costs the next run two minutes. */
  async release(signal: AbortSignal): Promise<void> {
    const id = lockID(this.tab.id);
    const isGone = ({ tabs }: SpreadsheetState) => tabs.every(({ title }) => title !== this.#title);
    try {
      await this.#spreadsheet.change('unlock the tab', [deleteTab(id)], isGone, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof BackupError)) throw error;
    }
  }
}

/** Does work that needs the lock, and gives it back whether or not the work failed. */
export async function whileLocked<T>(
  waiting: Waiting,
  options: TakeOptions,
  signal: AbortSignal,
  work: (lock: TabLock) => Promise<T>,
): Promise<T> {
  const lock = await TabLock.take(waiting, options, signal);
  let result: T;
  try {
    result = await work(lock);
  } catch (error) {
    // After SheetChanged it may be the lock of the run that took it over.
    if (!(error instanceof BackupError && error.reason === 'SheetChanged')) {
      await lock.release(AbortSignal.timeout(5_000)).catch(() => {});
    }
    throw error;
  }
  await lock.release(signal);
  return result;
}

/** Changes that take the lock and give it back: among others they make all of them wait for a run that has it. */
export function lockedFor(tabID: number): Change[] {
  const id = lockID(tabID);
  return [addTab(id, stagingTitle(new Date(0), id), { rows: 1, columns: 1 }, true), deleteTab(id)];
}

/** Makes changes that take the lock, as soon as no living run has it. */
export async function whileUnlocked(
  { spreadsheet, tabID, waited }: Waiting,
  work: {
    readonly what: string;
    readonly changes: readonly Change[];
    readonly isDone: (state: SpreadsheetState) => boolean | Promise<boolean>;
  },
  signal: AbortSignal,
): Promise<SpreadsheetState> {
  const id = lockID(tabID);
  const watch = new Watch(spreadsheet, spreadsheet.clock);
  let dead: Tab | undefined;
  let since: number | undefined;
  for (let inVain = 0; ; ) {
    try {
      const changes = dead ? [deleteTab(id), ...work.changes] : work.changes;
      const state = await spreadsheet.change(work.what, changes, work.isDone, signal);
      if (since !== undefined) waited(Math.round((spreadsheet.clock.now().getTime() - since) / 1000));
      return state;
    } catch (error) {
      if (!(error instanceof BackupError) || error.reason !== 'SheetChanged') throw error;
      const holder = (await spreadsheet.look(signal)).tabs.find((tab) => tab.id === id);
      // Not the lock was in the way, unless it was given back just now.
      if (holder === undefined && inVain++ > 0) throw error;
      if (holder) since ??= spreadsheet.clock.now().getTime();
      dead = holder && (await watch.isDead(holder, signal)) ? holder : undefined;
      if (holder && !dead) await spreadsheet.clock.sleep(pollMs, signal);
    }
  }
}

/** Looks again and again at the lock of another run. */
class Watch {
  readonly #spreadsheet: Spreadsheet;
  readonly #clock: Clock;
  #sign = '';
  #since = 0;

  constructor(spreadsheet: Spreadsheet, clock: Clock) {
    this.#spreadsheet = spreadsheet;
    this.#clock = clock;
  }

  /** Whether the sign of life has not changed for too long. Measured by our clock alone, which no other need agree with. */
  async isDead({ title }: Tab, signal: AbortSignal): Promise<boolean> {
    const sign = `${title} ${await this.#written(title, signal)}`;
    const now = this.#clock.now().getTime();
    if (sign !== this.#sign) [this.#sign, this.#since] = [sign, now];
    return now - this.#since >= patienceMs;
  }

  async #written(title: string, signal: AbortSignal): Promise<string> {
    try {
      return JSON.stringify(await this.#spreadsheet.read(title, ['A1'], signal));
    } catch (error) {
      if (error instanceof BackupError && error.reason === 'SheetChanged') return 'gone';
      throw error;
    }
  }
}
