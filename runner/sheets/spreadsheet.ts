import { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from '../destinations/clock.ts';
import { type GoogleConnection, type GoogleOptions, openGoogle } from '../destinations/googleConnection.ts';
import { jsonAnswer } from '../destinations/jsonAnswer.ts';
import { Backoff, retry, TransientError } from '../destinations/retry.ts';
import { quotedTitle } from './range.ts';
import { sheetsAttempt } from './sheetsRefusal.ts';
import { WritePace } from './writePace.ts';

/** A tab with a grid; those that hold a chart alone have none. */
export interface Tab {
  readonly id: number;
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  /** The filter that hides rows of it from everybody, if there is one. */
  readonly filter?: Filter | undefined;
}

/** As Google gives it, and takes it back. */
interface Filter {
  readonly range?: object;
  readonly tableId?: string;
  readonly criteria?: object;
  readonly filterSpecs?: readonly object[];
}

/** The spreadsheet without its cells. */
export interface SpreadsheetState {
  readonly title: string;
  readonly link: string;
  readonly tabs: readonly Tab[];
  /** By Google's clock. */
  readonly now: Date;
}

/** One request of a spreadsheets.batchUpdate: all of them happen, or none. */
export type Change = Readonly<Record<string, unknown>>;

interface SpreadsheetJSON {
  readonly properties?: { readonly title?: string };
  readonly spreadsheetUrl?: string;
  readonly sheets?: readonly {
    readonly properties?: {
      readonly sheetId?: number;
      readonly title?: string;
      readonly gridProperties?: { readonly rowCount?: number; readonly columnCount?: number };
    };
    readonly basicFilter?: Filter;
  }[];
}

/** What is asked of a spreadsheet wherever it comes in an answer. */
const stateFields =
  'properties.title,spreadsheetUrl,sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)),basicFilter(range,tableId,criteria,filterSpecs))';

const scopes = ['spreadsheets', 'drive.file', 'drive'] as const;

/**
 * One spreadsheet of Google Sheets v4. Requests are plain JSON over our own client: there are five kinds, and the large ones are
 * bytes that we build ourselves. Throws BackupError.
 * https://developers.google.com/workspace/sheets/api/reference/rest
 */
export class Spreadsheet implements Disposable {
  readonly #connection: GoogleConnection;
  readonly #url: string;
  readonly #pace: WritePace;

  constructor(id: string, options: GoogleOptions) {
    this.#connection = openGoogle(options, scopes);
    const root = options.rootURL ?? 'https://sheets.googleapis.com/';
    this.#url = new URL(`/v4/spreadsheets/${encodeURIComponent(id)}`, root).href;
    this.#pace = new WritePace(this.#connection.client.clock);
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  async look(signal: AbortSignal): Promise<SpreadsheetState> {
    const attempt = sheetsAttempt('open the spreadsheet');
    const { data, now } = await this.#again(
      () =>
        this.#send<SpreadsheetJSON>(
          'GET',
          `?fields=${encodeURIComponent(stateFields)}`,
          undefined,
          attempt,
          signal,
        ),
      signal,
    );
    return stateOf(data, now);
  }

  /**
   * Makes the changes, all or none, and gives what has become of the spreadsheet. Where an answer is lost, `isDone` says by the
   * spreadsheet whether they were made: to make them again could fail, or do them twice.
   */
  async change(
    what: string,
    changes: readonly Change[],
    isDone: (state: SpreadsheetState) => boolean | Promise<boolean>,
    signal: AbortSignal,
  ): Promise<SpreadsheetState> {
    const backoff = new Backoff(this.#connection.client.waiting);
    const body = [Buffer.from(JSON.stringify({ requests: changes, includeSpreadsheetInResponse: true }))];
    const path = `:batchUpdate?fields=${encodeURIComponent(`updatedSpreadsheet(${stateFields})`)}`;
    for (;;) {
      try {
        await this.#pace.turn(signal);
        const { data, now } = await this.#send<{ updatedSpreadsheet?: SpreadsheetJSON }>(
          'POST',
          path,
          body,
          sheetsAttempt(what),
          signal,
        );
        return stateOf(data.updatedSpreadsheet ?? {}, now);
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        await backoff.wait(error, signal);
        // What was refused as too much was not done.
        if (error.error.reason === 'RateLimited') continue;
        const state = await this.look(signal);
        if (await isDone(state)) return state;
      }
    }
  }

  /** When the refresh token ends, as far as its Secret or an answer tells. */
  get credentialsExpireAt(): Date | undefined {
    return this.#connection.token.refreshTokenExpiresAt;
  }

  get clock(): Clock {
    return this.#connection.client.clock;
  }

  /**
   * Writes rows (JSON arrays with commas between them) into a range of just their size, whatever is there. `guard` is a cell
   * that gets the time in the same request: where its tab is gone, nothing is written.
   */
  async write(
    { range, rows, count, guard }: { range: string; rows: Buffer; count: number; guard?: string | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const before = `{"valueInputOption":"RAW","data":[{"range":${JSON.stringify(range)},"majorDimension":"ROWS","values":[`;
    const sign = guard && JSON.stringify({ range: guard, values: [[this.clock.now().toISOString()]] });
    const body = [Buffer.from(before), rows, Buffer.from(`]}${sign ? `,${sign}` : ''}]}`)];
    const attempt = sheetsAttempt('write rows');
    const { data } = await this.#again(async () => {
      await this.#pace.turn(signal);
      return this.#send<{ responses?: { updatedRows?: number }[] }>(
        'POST',
        '/values:batchUpdate?fields=responses.updatedRows',
        body,
        attempt,
        signal,
      );
    }, signal);
    const written = data.responses?.[0]?.updatedRows;
    if (written === count) return;
    throw new BackupError(
      'UploadFailed',
      `Google Sheets wrote ${written ?? 'an unknown number of'} rows of ${count}.`,
    );
  }

  /** The values of ranges of a tab, each as rows (or columns) without empty ends; numbers as numbers. */
  async read(
    title: string,
    ranges: readonly string[],
    signal: AbortSignal,
    majorDimension: 'ROWS' | 'COLUMNS' = 'ROWS',
  ): Promise<unknown[][][]> {
    const query = new URLSearchParams([
      ...ranges.map((range) => ['ranges', `${quotedTitle(title)}!${range}`]),
      ['majorDimension', majorDimension],
      ['valueRenderOption', 'UNFORMATTED_VALUE'],
      ['fields', 'valueRanges.values'],
      // Each cell on a line of its own would be a multiple of the bytes.
      ['prettyPrint', 'false'],
    ]);
    const attempt = sheetsAttempt('read the tab');
    const { data } = await this.#again(
      () =>
        this.#send<{ valueRanges?: { values?: unknown[][] }[] }>(
          'GET',
          `/values:batchGet?${query}`,
          undefined,
          attempt,
          signal,
        ),
      signal,
    );
    return ranges.map((_, index) => data.valueRanges?.[index]?.values ?? []);
  }

  #again<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return retry(attempt, this.#connection.client.waiting, signal);
  }

  async #send<T>(
    method: string,
    path: string,
    body: readonly Buffer[] | undefined,
    attempt: ReturnType<typeof sheetsAttempt>,
    signal: AbortSignal,
  ): Promise<{ data: T; now: Date }> {
    const { client } = this.#connection;
    const answer = await client.expect(
      {
        ...{ method, url: this.#url + path, signal },
        ...(body && { body, headers: { 'Content-Type': 'application/json; charset=UTF-8' } }),
      },
      attempt,
    );
    const date = Date.parse(answer.headers.date ?? '');
    return {
      data: jsonAnswer(answer.body, attempt) as T,
      now: Number.isNaN(date) ? client.clock.now() : new Date(date),
    };
  }
}

function stateOf(data: SpreadsheetJSON, now: Date): SpreadsheetState {
  const tabs = (data.sheets ?? []).map(({ properties = {}, basicFilter }) => ({
    id: properties.sheetId ?? 0,
    title: properties.title ?? '',
    rows: properties.gridProperties?.rowCount ?? 0,
    columns: properties.gridProperties?.columnCount ?? 0,
    filter: basicFilter,
  }));
  return { title: data.properties?.title ?? '', link: data.spreadsheetUrl ?? '', tabs, now };
}
