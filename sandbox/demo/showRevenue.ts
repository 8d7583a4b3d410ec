import pg from 'pg';
import { revenueQuery } from '../syncYaml.ts';
import { tabValues } from '../tabValues.ts';
import type { Stage } from './stage.ts';
import type { DemoWorld } from './world.ts';

/** Shows the first rows of the tab Revenue as the Sheets API gives them, and its page. Others than the database gives are a mistake. */
export async function showRevenue(stage: Stage, world: DemoWorld): Promise<void> {
  const { google, uri, spreadsheetID } = world;
  if (stage.signal.aborted) return;
  const [header = [], ...rows] = await tabValues(google, spreadsheetID, 'Revenue!A1:C4').catch(
    (error: Error) => {
      stage.wrong(error.message); // of a sync that failed there is no tab
      return [];
    },
  );
  stage.say('Its tab Revenue as the Sheets API (values.get) gives it, the first rows:');
  for (const row of [header, ...rows]) stage.say(`  ${row.map((cell) => String(cell).padEnd(12)).join('')}`);
  const expected = await firstRows(uri, rows.length);
  if (rows.length === 0 || numbers(rows) !== numbers(expected))
    stage.wrong('They are not those of the query.');
  stage.say(`In a browser: ${google.url}/spreadsheets/d/${spreadsheetID}/edit`);
}

async function firstRows(uri: string, count: number): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    const text = `SET timezone = 'UTC'; ${revenueQuery} LIMIT ${count}`;
    const results: unknown = await client.query({ text, rowMode: 'array' });
    return (results as { rows: unknown[][] }[])[1]?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** numeric is text with trailing zeros in one, a number in the other. */
function numbers(rows: readonly unknown[][]): string {
  return JSON.stringify(
    rows.map((row) => row.map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)))),
  );
}
