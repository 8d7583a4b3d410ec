import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { BadSpec, GoodSpec, Spec } from './kindCasesFixture.ts';
import { changed } from './ruleCasesFixture.ts';

const spreadsheetID = '1AbCdEfGhIjKlMnOpQrStUvWxYz';
const sheet = { name: 'Orders', table: 'public.orders' };
const append = { ...sheet, mode: 'Append', keyColumn: 'id' };

/** The least that a sync needs. */
export const minimalSync: Spec = {
  database: { secretRef: { name: 'shop-db' } },
  spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
  sheets: [sheet],
};

const everything = join(import.meta.dirname, '..', 'examples', 'everything.yaml');
const { spec: backup } = parse(readFileSync(everything, 'utf8')) as { spec: Spec };
const { tables: _, ...database } = backup.database as Spec;
/** All fields that a sync shares with a backup, as the example of a backup has them. */
const fullSync: Spec = {
  ...minimalSync,
  ...{ schedule: backup.schedule, timeZone: backup.timeZone, suspend: backup.suspend },
  startingDeadlineSeconds: backup.startingDeadlineSeconds,
  ...{ timeoutSeconds: backup.timeoutSeconds, retries: backup.retries },
  ...{ database, notification: backup.notification, runner: backup.runner },
  runHistoryLimit: backup.runHistoryLimit,
};

const bad = (rule: string, settings: Spec, message: string): BadSpec => ({
  name: `${rule} with ${JSON.stringify(settings).slice(0, 80)}`,
  spec: changed(minimalSync, settings),
  ...{ rule: `spec.${rule}`, message },
});
const badSheet = (value: Spec, message: string, field = '') =>
  bad(`sheets[]${field}`, { sheets: [{ name: 'Customers', query: 'SELECT 1' }, value] }, message);

const objectName = 'write a name of lower-case letters, digits, - and . such as shop-db';
const key = 'write a key of letters, digits, -, _ and . such as token.json';
const id = 'is no ID of a spreadsheet: take the part between /d/ and /edit in its address';
const title = 'write the title of a tab, without a blank at its ends and without line breaks';
const table = 'write schema.table, without wildcards, such as public.orders';
const oneSource = 'name exactly one of table and query';
const keyOfAppend = 'mode Append needs keyColumn, and mode Replace takes none';
const oneName = 'two sheets have one name (capital letters do not count)';
const credentials = 'spreadsheet.googleSheets.credentialsSecretRef';

/** Specs that break a rule each; those that a sync shares with a backup stand in ruleCasesFixture.ts. */
export const badSyncs: BadSpec[] = [
  ...['https://docs.google.com/spreadsheets/d/x/edit', '1AbCdEfGh', `${spreadsheetID}#gid=0`, ''].map(
    (value) =>
      bad('spreadsheet.googleSheets.spreadsheetID', { 'spreadsheet.googleSheets.spreadsheetID': value }, id),
  ),
  bad(`${credentials}.name`, { [`${credentials}.name`]: 'drive_oauth' }, objectName),
  bad(`${credentials}.key`, { [`${credentials}.key`]: 'my token' }, key),
  ...[' Orders', 'Orders ', 'Or\nders', 'Or\tders', ''].map((name) =>
    badSheet({ ...sheet, name }, title, '.name'),
  ),
  ...['orders', 'public.*', 'public.order?', '.orders', 'public.'].map((value) =>
    badSheet({ name: 'Orders', table: value }, table, '.table'),
  ),
  badSheet({ name: 'Orders' }, oneSource),
  badSheet({ ...sheet, query: 'SELECT 1' }, oneSource),
  badSheet({ ...sheet, mode: 'Append' }, keyOfAppend),
  badSheet({ ...sheet, keyColumn: 'id' }, keyOfAppend),
  badSheet({ ...sheet, mode: 'Replace', lookback: 0 }, 'lookback belongs to mode Append'),
  badSheet(
    { ...append, columns: ['note', 'ID'] },
    'keyColumn is not among columns: the keys have to stand in the tab',
  ),
  badSheet(
    { ...sheet, name: 'dbbackup staging until noon' },
    'the name begins with "dbbackup staging ", as the hidden tabs of a run do, which are removed',
  ),
  bad('sheets', { sheets: [sheet, { name: 'ORDERS', query: 'SELECT 1' }] }, oneName),
  bad('sheets', { sheets: [sheet, append] }, oneName),
];

/** As much as the limits of the fields let through. */
const sheets = Array.from({ length: 20 }, (_, index) => ({
  name: `${'Ж'.repeat(97)} ${index}`,
  query: `SELECT ${'x'.repeat(16_377)}`,
  columns: Array.from({ length: 1_000 }, (_, column) => `${'c'.repeat(59)}${column + 1_000}`),
  ...{ mode: 'Append', keyColumn: `${'c'.repeat(59)}1999`, lookback: 1_000_000, maxRows: 10_000_000 },
}));

const good = (name: string, settings: Spec, spec = minimalSync): GoodSpec => ({
  ...{ name, spec: changed(spec, settings) },
});

/** Specs that keep all rules, some only just. */
export const goodSyncs: GoodSpec[] = [
  good('the least', {}),
  good('everything that it shares with a backup', {}, fullSync),
  good('every field of a sheet', {
    sheets: [
      { ...append, columns: ['note', 'id'], lookback: 0, maxRows: 1, numbers: 'Number', create: false },
      { name: "Ann's", query: 'SELECT 1', header: false },
    ],
  }),
  good('as much as the limits let through', { sheets }),
  good('a mail, of whose when nothing is said', {
    notification: { email: { to: ['ops@example.com'], smtp: { host: 'relay' } } },
  }),
  good('a mail after every run', {
    notification: { email: { when: 'Always', to: ['ops@example.com'], smtp: { host: 'relay' } } },
  }),
  good('a notification that names nobody', { notification: {} }),
  good('a table with capital letters and a blank', { 'sheets[0].table': 'My shop.Orders 2026' }),
  good('titles of one letter, and with the marks of A1', {
    sheets: [
      { name: 'Ж', query: 'SELECT 1' },
      { name: "O'Neil!A1:B2", query: 'SELECT 1' },
    ],
  }),
  good('titles that differ in a letter beyond ASCII', {
    sheets: [
      { name: 'Über', query: 'SELECT 1' },
      { name: 'über', query: 'SELECT 1' },
    ],
  }),
  good('a title that only holds the words of the hidden tabs', {
    'sheets[0].name': 'My dbbackup staging area',
  }),
];
