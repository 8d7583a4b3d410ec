import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { type CommandResult, dbbackup, type TestIO } from './testCommand.ts';

/** A backup of a small database into a folder of its own, with the YAML that the commands get. */
export interface TestBackup {
  readonly file: string;
  /** The folder of the destination. */
  readonly folder: string;
  readonly uri: string;
  /** `dbbackup COMMAND -f FILE …`. */
  command(args: readonly string[], options?: TestIO): Promise<CommandResult>;
  /** Makes a set by `dbbackup run` and gives its name. */
  run(): Promise<string>;
  /** Writes the YAML again, with other fields of the spec and of the metadata. */
  write(spec?: Record<string, unknown>, metadata?: Record<string, unknown>): Promise<void>;
}

/** Two tables: quotes, line breaks, NULL beside the empty string, an identifier in quotes. */
export const smallShop = `
CREATE TABLE customers (id int PRIMARY KEY, name text, note text);
INSERT INTO customers SELECT n, 'Ann "' || n || E'"\\nÄpfel', CASE WHEN n % 3 = 0 THEN NULL ELSE '' END
FROM generate_series(1, 250) n;
CREATE TABLE "Order Items" (id int, price numeric, paid boolean, at timestamptz);
INSERT INTO "Order Items" SELECT n, n / 7.0, n % 2 = 0, '2026-02-10 02:00Z' FROM generate_series(1, 40) n;
CREATE TABLE notes (line text);
ANALYZE;
`;

/** A destination that is a directory; formats without sql, so that no pg_dump is needed. */
export async function testBackup(
  t: TestContext,
  spec: Record<string, unknown> = {},
  sql = smallShop,
): Promise<TestBackup> {
  const uri = await testDatabase(t, sql);
  const folder = await temporaryDirectory(t);
  const file = join(await temporaryDirectory(t), 'backup.yaml');
  const write: TestBackup['write'] = async (more = {}, metadata = {}) => {
    const backup = {
      apiVersion: 'dbbackup.dev/v1alpha1',
      kind: 'DatabaseBackup',
      metadata: { name: 'shop', namespace: 'shop', ...metadata },
      spec: {
        database: { secretRef: { name: 'shop-db' } },
        formats: ['csv', 'xlsx', 'json'],
        destination: { directory: { path: folder } },
        ...spec,
        ...more,
      },
    };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-db' }, stringData: { uri } };
    await writeFile(file, stringify(backup));
    await appendFile(file, `---\n${stringify(secret)}`);
  };
  await write();
  const command: TestBackup['command'] = ([name = '', ...args], options) =>
    dbbackup([name, '-f', file, ...args], options);
  return {
    file,
    folder,
    uri,
    command,
    write,
    async run() {
      const { status, stdout, stderr } = await command(['run', '-o', 'json']);
      if (status !== 0) throw new Error(`${stdout}${stderr}`);
      return String(JSON.parse(stdout).set);
    },
  };
}
