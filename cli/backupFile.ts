import { readFile } from 'node:fs/promises';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { BackupError } from '../crds/failureReason.ts';
import type { Resource } from '../crds/parseResource.ts';
import { findDatabaseBackup, findResource, readResources, resourcesOf } from '../crds/readResources.ts';
import { type SheetSync, sheetSync } from '../crds/sheetSync.ts';
import { type SecretReader, secretDirectory, secretDocuments } from '../runner/secrets.ts';

/** Options of every command that works on a backup's YAML, for parseArgs. */
export const backupOptions = {
  file: { type: 'string', short: 'f', multiple: true },
  name: { type: 'string' },
  secrets: { type: 'string' },
} as const;

/** Help texts of `backupOptions` and `outputOption`. */
export const backupOptionTexts = {
  file: 'YAML of the DatabaseBackup, as kubectl gets it, and of its Secrets; - is standard input; may be repeated',
  name: 'Which DatabaseBackup, where the files hold several',
  secrets: 'Folder with the Secrets as DIR/NAME/KEY, instead of Secret documents',
  output: 'text (default) or json',
};

export interface BackupFileOptions {
  readonly file?: string[] | undefined;
  readonly name?: string | undefined;
  readonly secrets?: string | undefined;
}

/**
 * Reads the DatabaseBackup of the files (`-` is standard input) and where its Secrets come from: `--secrets DIR`
 * with DIR/<name>/<key>, else the Secret documents in the same files. Throws InvalidSpec.
 */
export async function readBackupFiles(
  options: BackupFileOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<{ backup: DatabaseBackup; secrets: SecretReader }> {
  const { resources, files } = await readFiles(options, stdin);
  const backup = findDatabaseBackup(resources, files, options.name);
  return { backup, secrets: secretsAmong(resources, backup, options) };
}

/** The same for a SheetSync. */
export async function readSyncFiles(
  options: BackupFileOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<{ sync: SheetSync; secrets: SecretReader }> {
  const { resources, files } = await readFiles(options, stdin);
  return syncAmong(resources, files, options);
}

/** What a check is of: the SheetSync where the files hold one and no DatabaseBackup, or one of that name; else the backup. */
export async function readCheckedFiles(
  options: BackupFileOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<{ backup: DatabaseBackup; secrets: SecretReader } | { sync: SheetSync; secrets: SecretReader }> {
  const { resources, files } = await readFiles(options, stdin);
  const has = (kind: string) => resourcesOf(resources, kind, options.name).length > 0;
  if (has('SheetSync') && !has('DatabaseBackup')) return syncAmong(resources, files, options);
  const backup = findDatabaseBackup(resources, files, options.name);
  return { backup, secrets: secretsAmong(resources, backup, options) };
}

function syncAmong(resources: readonly Resource[], files: string, options: BackupFileOptions) {
  const sync = findResource(resources, files, { kind: 'SheetSync', schema: sheetSync, name: options.name });
  return { sync, secrets: secretsAmong(resources, sync, options) };
}

async function readFiles(
  { file }: BackupFileOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<{ resources: Resource[]; files: string }> {
  if (!file?.length) {
    throw new BackupError(
      'InvalidSpec',
      'Name the YAML of the backup: -f backup.yaml (more -f for its Secrets).',
    );
  }
  const resources: Resource[] = [];
  for (const path of file) resources.push(...readResources(await readText(path, stdin), path));
  return { resources, files: file.join(', ') };
}

function secretsAmong(
  resources: readonly Resource[],
  { metadata: { namespace } }: Pick<DatabaseBackup, 'metadata'>,
  { secrets }: BackupFileOptions,
): SecretReader {
  if (secrets !== undefined) return secretDirectory(secrets);
  const documents = resources
    .filter(({ kind }) => kind === 'Secret')
    .map(({ value }) => value)
    .filter(
      ({ metadata }) =>
        ((metadata as { namespace?: string } | undefined)?.namespace ?? namespace) === namespace,
    );
  return secretDocuments(documents);
}

async function readText(path: string, stdin: AsyncIterable<Buffer | string>): Promise<string> {
  if (path === '-') {
    const parts: Buffer[] = [];
    for await (const part of stdin) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString('utf8');
  }
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BackupError('InvalidSpec', `${path} cannot be read (${code}): check the path given with -f.`, {
      cause,
    });
  }
}
