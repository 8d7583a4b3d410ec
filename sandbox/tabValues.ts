import type { FakeGoogle } from './google/fakeGoogle.ts';

/** What stands in a range of a spreadsheet, as the Sheets API (values.get, unformatted) gives it to any client of the account. */
export async function tabValues(google: FakeGoogle, id: string, range: string): Promise<unknown[][]> {
  const url = `http://127.0.0.1:${google.port}/v4/spreadsheets/${id}/values/${encodeURIComponent(range)}`;
  const answer = await fetch(`${url}?valueRenderOption=UNFORMATTED_VALUE`, {
    headers: { authorization: `Bearer ${google.issueAccessToken()}` },
  });
  if (!answer.ok) throw new Error(`values.get ${range}: ${answer.status} ${await answer.text()}`);
  const { values = [] } = (await answer.json()) as { values?: unknown[][] };
  return values;
}
