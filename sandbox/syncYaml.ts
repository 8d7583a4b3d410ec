import type { SyncSpecInput } from '../crds/sheetSync.ts';
import { credentialsSecretRef, type ResourceYamlOptions, resourceYaml, secretsYaml } from './resourceYaml.ts';

/** What the YAML of a sync is about. */
export interface SyncYamlOptions extends ResourceYamlOptions {
  spreadsheetID: string;
}

/** What the tab Revenue holds. */
export const revenueQuery = `SELECT to_char(ordered_at, 'YYYY-MM') AS month, count(DISTINCT order_id) AS orders, sum(total) AS revenue
FROM order_items GROUP BY 1 ORDER BY 1
`;

/** Tabs of the demo's shop: a query whose numbers can be summed, a table, and one that only grows. */
const sheets: SyncSpecInput['sheets'] = [
  { name: 'Revenue', query: revenueQuery, numbers: 'Number' },
  { name: 'Products', table: 'public.products', columns: ['id', 'name', 'price'] },
  {
    name: 'Reviews',
    table: 'public.reviews',
    columns: ['id', 'product_id', 'stars', 'body', 'written_at'],
    mode: 'Append',
    keyColumn: 'id',
  },
];

/** A SheetSync that fits the sandbox and the Secrets it names, for `dbbackup sync -f` and for kubectl; the Secrets are those of `backupYaml`. */
export function syncYaml(options: SyncYamlOptions): string {
  return [secretsYaml(options), syncDocument(options)].join('---\n');
}

/** The SheetSync alone. */
export function syncDocument(options: SyncYamlOptions): string {
  return resourceYaml('SheetSync', options, {
    schedule: '0 7 * * 1-5',
    spreadsheet: { googleSheets: { spreadsheetID: options.spreadsheetID, credentialsSecretRef } },
    sheets,
  });
}
