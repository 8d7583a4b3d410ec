import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import type { FakeGoogle } from '../sandbox/google/fakeControls.ts';
import { type FakeGoogleOptions, startFakeGoogle } from '../sandbox/google/fakeGoogle.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { type CommandResult, dbbackup, type TestIO } from './testCommand.ts';

/** A backup of a small database into a folder of its own, with the YAML that the commands get. */
export interface TestBackup {
  readonly file: string;
  /** The folder of the destination. */
  readonly folder: string;
  readonly uri: string;
  /** More Secrets, by name and key; a change shows with the next `write`. */
  readonly secrets: Record<string, Record<string, string>>;
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

export interface TestBackupOptions {
  readonly sql?: string;
  /** More Secrets: name → key → value. */
  readonly secrets?: Record<string, Record<string, string>>;
  readonly env?: Record<string, string>;
}

/** A destination that is a directory. Unless the spec of the test asks for sql there is no pg_dump, and so no schema file. */
export async function testBackup(
  t: TestContext,
  spec: Record<string, unknown> = {},
  { sql = smallShop, secrets = {}, env = {} }: TestBackupOptions = {},
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
    await writeFile(file, stringify(backup));
    for (const [name, stringData] of Object.entries({ 'shop-db': { uri }, ...secrets })) {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
      await appendFile(file, `---\n${stringify(secret)}`);
    }
  };
  await write();
  const withSQL = Array.isArray(spec.formats) && spec.formats.includes('sql');
  const dump = withSQL ? {} : { DBBACKUP_PG_DUMP: '/nonexistent/pg_dump' };
  const command: TestBackup['command'] = ([name = '', ...args], options) =>
    dbbackup([name, '-f', file, ...args], { ...options, env: { ...dump, ...env, ...options?.env } });
  return {
    file,
    folder,
    uri,
    secrets,
    command,
    write,
    async run() {
      const { status, stdout, stderr } = await command(['run', '-o', 'json']);
      if (status !== 0) throw new Error(`${stdout}${stderr}`);
      return String(JSON.parse(stdout).set);
    },
  };
}

/** The same with a folder of a fake Google as its destination. */
export async function testDriveBackup(
  t: TestContext,
  spec: Record<string, unknown> = {},
  { sql, ...fakeOptions }: Partial<FakeGoogleOptions> & { sql?: string } = {},
): Promise<TestBackup & { readonly google: FakeGoogle }> {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t), ...fakeOptions });
  t.after(() => google.stop());
  const secrets = { 'drive-oauth': { 'token.json': JSON.stringify(google.credentials) } };
  const googleDrive = { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } };
  const options = {
    secrets,
    env: { DBBACKUP_GOOGLE_URL: google.url },
    ...(sql === undefined ? {} : { sql }),
  };
  const backup = await testBackup(t, { destination: { googleDrive }, ...spec }, options);
  return { ...backup, google };
}
