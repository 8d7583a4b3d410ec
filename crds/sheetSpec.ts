import { z } from 'zod';
import { patterned, ruled, secretKeyRef } from './specTypes.ts';

const googleSheets = z.strictObject({
  spreadsheetID: patterned(
    z.string().max(1024),
    /^[A-Za-z0-9_-]{10,100}$/,
    'is no ID of a spreadsheet: take the part between /d/ and /edit in its address',
  ).describe('ID of the spreadsheet: the part between /d/ and /edit in its address.'),
  credentialsSecretRef: secretKeyRef(
    'token.json',
    'the OAuth refresh token, as `dbbackup auth login --scope spreadsheets` prints it',
  ).describe('OAuth refresh token of an account that may edit the spreadsheet.'),
});

/** spec.spreadsheet: where the rows go. */
export const spreadsheetSpec = z.strictObject({
  googleSheets: googleSheets.describe('A spreadsheet of Google Sheets.'),
});
export type GoogleSheetsSpec = z.output<typeof googleSheets>;

export const syncModes = ['Replace', 'Append'] as const;
export type SyncMode = (typeof syncModes)[number];

/** Tabs whose titles begin so are ours, for the time of a run. */
export const stagingPrefix = 'dbbackup staging ';

/** How many rows before its newest key an appending sheet looks back, where the spec does not say it. */
export const defaultLookback = 10_000;

const columnName = z.string().min(1).max(63);

/** One tab of the spreadsheet, and what stands in it. */
export const sheetSpec = ruled(
  z.strictObject({
    name: patterned(
      z.string().max(100),
      /^[^\s]([^\n\r\t]*[^\s])?$/,
      'write the title of a tab, without a blank at its ends and without line breaks',
    ).describe('Title of the tab.'),
    table: patterned(
      z.string().max(127),
      /^[^*?]+\.[^*?]+$/,
      'write schema.table, without wildcards, such as public.orders',
    )
      .optional()
      .describe('Table, view or materialized view whose rows are written, as schema.table.'),
    query: z
      .string()
      .min(1)
      .max(16_384)
      .optional()
      .describe('A SELECT whose rows are written. It runs in a read-only transaction.'),
    columns: z
      .array(columnName)
      .min(1)
      .max(1_000)
      .refine((value) => new Set(value).size === value.length, { error: 'names a column twice' })
      .meta({ 'x-kubernetes-list-type': 'set' })
      .optional()
      .describe('Which columns, in this order. Left out: all.'),
    header: z.boolean().default(true).describe('Whether the first row holds the names of the columns.'),
    mode: z
      .enum(syncModes)
      .default('Replace')
      .describe(
        'Replace: the tab holds what the query gives, and is changed in one moment. Append: rows whose key is not in the tab are written below.',
      ),
    keyColumn: columnName
      .optional()
      .describe('With Append: the column whose values tell rows apart, unique and never NULL.'),
    lookback: z
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe(
        `With Append: how many rows before the newest key of the tab are compared again, so that rows that were committed late arrive. Else ${defaultLookback}.`,
      ),
    numbers: z
      .enum(['Text', 'Number'])
      .default('Text')
      .describe(
        'What becomes of bigint and numeric. Text: every digit stays as it is. Number: a number that can be summed, where it has at most 15 digits; others stay text.',
      ),
    maxRows: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Most rows that are written by a run; further ones are left out, and the result says so.'),
    create: z
      .boolean()
      .default(true)
      .describe('Make the tab if the spreadsheet has none of that title; else its absence is a failure.'),
  }),
  {
    check: ({ table, query }) => (table === undefined) !== (query === undefined),
    cel: 'has(self.table) != has(self.query)',
    message: 'name exactly one of table and query',
  },
  {
    check: ({ mode, keyColumn }) => (mode === 'Append') === (keyColumn !== undefined),
    cel: "(self.mode == 'Append') == has(self.keyColumn)",
    message: 'mode Append needs keyColumn, and mode Replace takes none',
  },
  {
    check: ({ mode, lookback }) => lookback === undefined || mode === 'Append',
    cel: "!has(self.lookback) || self.mode == 'Append'",
    message: 'lookback belongs to mode Append',
  },
  {
    check: ({ columns, keyColumn }) =>
      columns === undefined || keyColumn === undefined || columns.includes(keyColumn),
    cel: '!has(self.columns) || !has(self.keyColumn) || self.keyColumn in self.columns',
    message: 'keyColumn is not among columns: the keys have to stand in the tab',
  },
  {
    check: ({ name }) => !name.startsWith(stagingPrefix),
    cel: `!self.name.startsWith('${stagingPrefix}')`,
    message: `the name begins with "${stagingPrefix}", as the hidden tabs of a run do, which are removed`,
  },
);
export type SheetSpec = z.output<typeof sheetSpec>;

/** Google takes titles for the same that differ in capital letters alone; CEL knows those of ASCII. */
const sameTitle = (name: string) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** spec.sheets */
export const sheetsSpec = ruled(z.array(sheetSpec).min(1).max(20), {
  check: (sheets) => new Set(sheets.map(({ name }) => sameTitle(name))).size === sheets.length,
  cel: 'self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))',
  message: 'two sheets have one name (capital letters do not count)',
});
