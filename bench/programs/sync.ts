import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { pino } from 'pino';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { type SyncSpecInput, sheetSync } from '../../crds/sheetSync.ts';
import { runnerConfig } from '../../runner/config.ts';
import { systemClock } from '../../runner/destinations/clock.ts';
import { runProgress } from '../../runner/progress.ts';
import { redactor } from '../../runner/redactor.ts';
import { secretDocuments } from '../../runner/secrets.ts';
import { syncJob } from '../../runner/syncJob.ts';
import { benchInput, tellPeak } from './peakMemory.ts';

// Measured: one sync, as `dbbackup sync` makes it. Counts its requests to Sheets.

export interface SyncInput {
  readonly spreadsheetID: string;
  readonly token: string;
  readonly uri: string;
  readonly sheets: SyncSpecInput['sheets'];
}

async function main(): Promise<void> {
  const { spreadsheetID, token, uri, sheets } = benchInput<SyncInput>();
  let requests = 0;
  subscribe('http.client.request.start', (message) => {
    const { path } = (message as { request: ClientRequest }).request;
    if (path.startsWith('/v4/')) requests++;
  });
  const sync = sheetSync.parse({
    apiVersion,
    kind: 'SheetSync',
    metadata: { name: 'bench', namespace: 'bench' },
    spec: {
      database: { secretRef: { name: 'db' }, sslMode: 'disable' },
      spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
      sheets,
    },
  });
  const services = {
    config: runnerConfig(),
    secrets: secretDocuments([
      { metadata: { name: 'db' }, stringData: { uri } },
      { metadata: { name: 'drive-oauth' }, stringData: { 'token.json': token } },
    ]),
    redactor: redactor(),
    logger: pino({ level: 'silent' }),
    clock: systemClock,
    progress: runProgress(),
  };
  const report = await syncJob({ sync, mailTransientFailures: true }, services, new AbortController().signal);
  if (report.result !== 'Succeeded') throw new Error(`${report.reason}: ${report.message}`);
  tellPeak({ rows: report.rows ?? 0, requests });
}

main();
