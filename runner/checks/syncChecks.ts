import { BackupError } from '../../crds/failureReason.ts';
import { countOf } from '../../crds/inWords.ts';
import type { SheetSync } from '../../crds/sheetSync.ts';
import { googleOptions } from '../googleOptions.ts';
import type { Services } from '../services.ts';
import { openSheetsSnapshot } from '../sheets/sheetsSnapshot.ts';
import { Spreadsheet } from '../sheets/spreadsheet.ts';
import { tabOf } from '../sheets/tabOf.ts';
import { type Check, failed, notChecked, type ProbeName, probe } from './check.ts';
import { isOver, settled } from './checkTime.ts';
import { connectProbe } from './databaseChecks.ts';
import { googlePatience, loginReasons } from './destinationChecks.ts';
import { emailChecks } from './emailChecks.ts';
import { loginChecks, loginProbe } from './loginChecks.ts';
import { databaseReferences, emailReferences, type Reference, secretProbes } from './secretChecks.ts';
import { timedChecks } from './timedChecks.ts';

const spreadsheetProbe: ProbeName = { name: 'spreadsheet', silence: 'UploadFailed' };
const queryProbe: ProbeName = { name: 'queries', silence: 'DeadlineExceeded' };
const lockTimeout = 5_000;

/**
 * Tries everything that a sync needs, and writes nothing: Secrets; then database, spreadsheet and mail server at the same
 * time, told in this order. That a query plans does not show that it is read-only: that shows when it runs. The time is that of backupChecks.
 */
export function syncChecks(sync: SheetSync, services: Services, stop: AbortSignal): AsyncGenerator<Check> {
  return timedChecks(sync.spec.timeoutSeconds, services, stop, (signal) => groups(sync, services, signal));
}

async function* groups(
  { metadata, spec }: SheetSync,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  yield { name: 'spec', ok: true, message: `SheetSync ${metadata.namespace}/${metadata.name} is valid.` };
  const { name, key } = spec.spreadsheet.googleSheets.credentialsSecretRef;
  const references: Reference[] = [
    ...databaseReferences(spec.database),
    { part: 'destination', name, key },
    ...emailReferences(spec.notification),
  ];
  const { checks, missing } = await secretProbes(references, services, signal);
  yield* checks;
  const needs = (part: string) => [notChecked(part, 'it needs its Secrets')];
  const running: Promise<readonly Check[]>[] = [
    missing.has('database') ? Promise.resolve(needs('database')) : queryChecks(spec, services, signal),
    missing.has('destination') ? Promise.resolve(needs('spreadsheet')) : sheetChecks(spec, services, signal),
    missing.has('email')
      ? Promise.resolve(needs('email'))
      : emailChecks(spec.notification?.email, services, signal),
  ];
  for (const group of running) group.catch(() => {});
  for (const group of running) yield* await group;
}

async function queryChecks(
  { database, sheets, timeoutSeconds }: SheetSync['spec'],
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const connected = await connectProbe(database, services, signal);
  const { value } = connected;
  await using open = value?.connection;
  if (open === undefined || value === undefined) {
    return [...connected.checks, notChecked(queryProbe.name, 'it needs the connection')];
  }
  const planned = await probe(queryProbe, services, signal, async () => {
    const options = { sheets, timeoutSeconds, serverVersion: value.server.version, lockTimeout };
    const { sources } = await openSheetsSnapshot(open.client, options, signal);
    await open.client.query('ROLLBACK');
    const columns = sources.map(({ sheet, picks }) => `${sheet.name} has ${countOf(picks.length, 'column')}`);
    return {
      message: `${countOf(sources.length, 'sheet')} can be read: ${columns.join(', ')}.`,
      value: true,
    };
  });
  return [...connected.checks, ...planned.checks];
}

async function sheetChecks(
  { spreadsheet: { googleSheets }, sheets }: SheetSync['spec'],
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  let login = loginChecks(undefined, services.clock.now());
  try {
    const options = await googleOptions(googleSheets.credentialsSecretRef, services);
    using spreadsheet = new Spreadsheet(googleSheets.spreadsheetID, { ...options, ...googlePatience });
    const state = await settled(spreadsheet.look(signal), signal);
    login = loginChecks(spreadsheet.credentialsExpireAt, state.now, 'spreadsheets');
    const missing = sheets.filter((sheet) => tabOf(sheet, state) === undefined).map(({ name }) => name);
    const made = missing.length > 0 ? `; to be made: ${missing.join(', ')}` : '';
    const message = `${state.title} has ${countOf(state.tabs.length, 'tab')}${made}.`;
    return [...login, { name: spreadsheetProbe.name, ok: true, message }];
  } catch (error) {
    if (isOver(signal) || (error instanceof BackupError && loginReasons.has(error.reason))) {
      return [
        failed(loginProbe, error, services, signal),
        notChecked(spreadsheetProbe.name, 'it needs the login'),
      ];
    }
    return [...login, failed(spreadsheetProbe, error, services, signal)];
  }
}
