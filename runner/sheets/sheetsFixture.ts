import type { TestContext } from 'node:test';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { type SyncSpecInput, sheetSync } from '../../crds/sheetSync.ts';
import { type SyncReport, syncReportJSON } from '../../crds/syncReport.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { hurriedClock } from '../failureFixture.ts';
import { syncJob } from '../syncJob.ts';
import type { SyncOptions } from './runSync.ts';

type Sheets = SyncSpecInput['sheets'];

/** A database, a spreadsheet of the fake, and syncs from one into the other. Nothing waits: the clock runs ahead. */
export interface SheetsWorld {
  readonly world: RunWorld;
  readonly id: string;
  spec(sheets: Sheets, more?: Partial<SyncSpecInput>): ReturnType<typeof sheetSync.parse>;
  run(sheets: Sheets, options?: RunOptions): Promise<SyncReport>;
  /** What stands in a tab, without empty ends. */
  values(title: string): Promise<unknown[][]>;
  /** Titles of all tabs, hidden ones too. */
  titles(): Promise<string[]>;
  tabID(title: string): Promise<number>;
  grid(title: string): Promise<{ rowCount: number; columnCount: number }>;
  /** A request to Sheets as the account itself, outside of every quota. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  sql(text: string): Promise<unknown>;
}

interface RunOptions extends SyncOptions {
  readonly spec?: Partial<SyncSpecInput>;
  readonly stop?: AbortSignal;
}

interface Properties {
  readonly title: string;
  readonly sheetId: number;
  readonly gridProperties: { rowCount: number; columnCount: number };
}

/** A spreadsheet with one empty tab Sheet1, made by the client of the credentials. */
export async function sheetsWorld(t: TestContext, sql: string): Promise<SheetsWorld> {
  const world = await runWorld(t, sql);
  const clock = hurriedClock();
  world.clock = clock;
  world.googleNow = () => clock.now();
  const { google } = world;
  const request = async (method: string, path: string, body?: unknown) => {
    // Every look a minute later: the quota is for the runner alone.
    await clock.sleep(61_000, AbortSignal.timeout(60_000));
    const answer = await fetch(`${google.url}/v4/spreadsheets${path}`, {
      method,
      headers: { Authorization: `Bearer ${google.issueAccessToken()}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error(JSON.stringify(value));
    return value;
  };
  const { spreadsheetId: id } = (await request('POST', '', { properties: { title: 'Shop' } })) as {
    spreadsheetId: string;
  };
  const properties = async () => {
    const { sheets } = (await request('GET', `/${id}?fields=sheets.properties`)) as {
      sheets: { properties: Properties }[];
    };
    return sheets.map((sheet) => sheet.properties);
  };
  const tab = async (wanted: string) => {
    const found = (await properties()).find(({ title }) => title === wanted);
    if (found === undefined) throw new Error(`no tab ${wanted}`);
    return found;
  };
  const spec: SheetsWorld['spec'] = (sheets, more = {}) =>
    sheetSync.parse({
      apiVersion,
      kind: 'SheetSync',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        database: { secretRef: { name: 'db' } },
        spreadsheet: {
          googleSheets: { spreadsheetID: id, credentialsSecretRef: { name: 'drive-oauth' } },
        },
        sheets,
        ...more,
      },
    });
  const { testPostgres } = await import('../../sandbox/testing.ts');
  const server = await testPostgres(t);
  return {
    ...{ world, id, spec, request },
    async run(sheets, { spec: more, stop = new AbortController().signal, ...options } = {}) {
      const job = { sync: spec(sheets, more), mailTransientFailures: true, options };
      const report = await syncJob(job, world.services(), stop);
      JSON.parse(syncReportJSON(report));
      return report;
    },
    async values(title) {
      const range = encodeURIComponent(`'${title.replaceAll("'", "''")}'`);
      const { values = [] } = (await request(
        'GET',
        `/${id}/values/${range}?valueRenderOption=UNFORMATTED_VALUE`,
      )) as { values?: unknown[][] };
      return values;
    },
    titles: async () => (await properties()).map(({ title }) => title),
    tabID: async (title) => (await tab(title)).sheetId,
    grid: async (title) => (await tab(title)).gridProperties,
    sql: (text) => server.query(text, world.uri),
  };
}
