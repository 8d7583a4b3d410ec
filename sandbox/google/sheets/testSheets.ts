import type { TestContext } from 'node:test';
import type { FakeGoogleOptions } from '../fakeGoogle.ts';
import { type Answer, type TestDrive, testDrive } from '../testDrive.ts';

/** Plain requests to one spreadsheet of a fake of its own. */
export interface TestSheets extends Omit<TestDrive, 'put'> {
  readonly id: string;
  /** `path` below the spreadsheet, such as `/values/A1` or `:batchUpdate`. */
  ask(method: string, path: string, body?: object): Promise<Answer>;
  /** spreadsheets.batchUpdate */
  change(...requests: object[]): Promise<Answer>;
  /** values.update, RAW. */
  put(range: string, values: unknown[][], query?: string): Promise<Answer>;
  /** What values.get answers, unformatted. */
  get(range: string, query?: string): Promise<Answer>;
}

/** A spreadsheet with such tabs (default: Sheet1, 1000 by 26) that the default client made. */
export async function testSheets(
  t: TestContext,
  options: Partial<FakeGoogleOptions> & {
    sheets?: readonly { title: string; rowCount?: number; columnCount?: number; hidden?: boolean }[];
  } = {},
): Promise<TestSheets> {
  const drive = await testDrive(t, options);
  const id = drive.fake.createSpreadsheet('Numbers', options.sheets ? { sheets: options.sheets } : {});
  const ask: TestSheets['ask'] = (method, path, body) =>
    drive.request(method, `/v4/spreadsheets/${id}${path}`, body === undefined ? {} : { body });
  return {
    ...drive,
    id,
    ask,
    change: (...requests) => ask('POST', ':batchUpdate', { requests }),
    put: (range, values, query = 'valueInputOption=RAW') =>
      ask('PUT', `/values/${encodeURIComponent(range)}?${query}`, { values }),
    get: (range, query = 'valueRenderOption=UNFORMATTED_VALUE') =>
      ask('GET', `/values/${encodeURIComponent(range)}?${query}`),
  };
}

/** Status and words of a refusal. */
export const refusal = ({ status, json }: Answer) => [status, json.error?.status, json.error?.message];
