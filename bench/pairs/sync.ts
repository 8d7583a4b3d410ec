import { join } from 'node:path';
import type { Client } from 'pg';
import pg from 'pg';
import { alternate, repeat } from '../alternate.ts';
import { expectFact } from '../facts.ts';
import { googleProcess } from '../googleProcess.ts';
import { type Measured, measure } from '../measure.ts';
import type { Pair } from '../pair.ts';
import type { GoogleAddress } from '../programs/google.ts';
import type { SyncInput } from '../programs/sync.ts';
import { missingPython, pythonPeer } from '../pythonPeer.ts';
import { memoryRow, missingRow, type Row, ratioRow } from '../row.ts';
import type { Workbench } from '../workbench.ts';

const work = '100,000 rows × 10 columns into a tab';
const limit = 0.5;
const mebibytes = 120;
const mostRequests = 1.1;
const batchBytes = 2_000_000;

/** The first rows of A into a new spreadsheet of the fake Google each time, against pandas and gspread. */
export const sync: Pair = {
  name: 'sync',
  async run(bench) {
    await using google = await googleProcess(bench, false);
    const rows = Math.min(100_000, bench.rowsOf('a'));
    const query = `SELECT * FROM a WHERE id <= ${rows}`;
    const uri = await bench.uri('a');
    const run = () => ours(bench, google, { uri, query, rows });
    const python = pythonPeer();
    if (python === undefined) {
      const measured = await repeat(bench.options.runs, run);
      const told = await requestsRow(measured, uri, query);
      return [missingRow(work, limit, missingPython), told, memory(measured)];
    }
    const script = join(import.meta.dirname, '..', 'programs', 'gspreadSync.py');
    const both = await alternate(bench.options.runs, {
      ours: run,
      peer: async () => {
        const input = {
          ...{ url: google.url, spreadsheetID: await newSpreadsheet(google), uri, query, title: 'A' },
          ...{ accessToken: await accessToken(google), rowsAtOnce: 10_000 },
        };
        const env = { ...process.env, BENCH_INPUT: JSON.stringify(input) };
        const measured = await measure(python, [script], { env, signal: bench.signal });
        expectFact(measured.output, 'rows', rows);
        return measured;
      },
    });
    return [
      ratioRow(work, limit, both, 'pandas and gspread'),
      await requestsRow(both.ours, uri, query),
      memory(both.ours),
    ];
  },
};

const memory = (measured: readonly Measured[]) => memoryRow('memory: that sync', mebibytes, measured);

async function ours(
  bench: Workbench,
  google: GoogleAddress,
  { uri, query, rows }: { uri: string; query: string; rows: number },
): Promise<Measured> {
  const input: SyncInput = {
    ...{ spreadsheetID: await newSpreadsheet(google), uri },
    token: JSON.stringify(google.credentials),
    sheets: [{ name: 'A', query }],
  };
  const measured = await bench.run('sync', input, { DBBACKUP_GOOGLE_URL: google.url });
  expectFact(measured.output, 'rows', rows);
  return measured;
}

/** Against a look at the tabs, a hidden tab, as many writes as 2 MB each need, and the change that shows it. */
async function requestsRow(measured: readonly Measured[], uri: string, query: string): Promise<Row> {
  const counts = measured.map(({ output }) => {
    const facts = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '{}') as { requests?: number };
    return facts.requests ?? Number.NaN;
  });
  const most = Math.max(...counts);
  const least = 3 + Math.ceil((await jsonBytes(uri, query)) / batchBytes);
  const ratio = most / least;
  return {
    work: 'requests of that sync',
    ours: String(most),
    peer: `least: ${least}`,
    figure: `${ratio.toFixed(2)} ×`,
    limit: `≤ ${mostRequests.toFixed(2)} ×`,
    ok: ratio <= mostRequests,
  };
}

/** Bytes of the rows as JSON arrays with int8 and numeric as text, by PostgreSQL's own count. */
async function jsonBytes(uri: string, query: string): Promise<number> {
  const client: Client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT sum(octet_length(json_build_array(id::text, customer, amount::text, rate, paid, day::text, created::text,
         name, note, payload::text)::text) - 9) AS bytes FROM (${query}) AS q`,
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

async function newSpreadsheet(google: GoogleAddress): Promise<string> {
  const answer = await fetch(`${google.url}/v4/spreadsheets`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${await accessToken(google)}`,
      'Content-Type': 'application/json',
    },
    body: '{}',
  });
  return ((await answer.json()) as { spreadsheetId: string }).spreadsheetId;
}

async function accessToken({ url, credentials }: GoogleAddress): Promise<string> {
  const { client_id, client_secret, refresh_token } = credentials;
  const body = new URLSearchParams({
    ...{ client_id, client_secret, refresh_token, grant_type: 'refresh_token' },
  });
  const answer = await fetch(`${url}/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}
