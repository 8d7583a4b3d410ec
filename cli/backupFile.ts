import { readFile } from 'node:fs/promises';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { BackupError } from '../crds/failureReason.ts';
import type { Resource } from '../crds/parseResource.ts';
import { findDatabaseBackup, readResources } from '../crds/readResources.ts';
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
  { file, name, secrets }: BackupFileOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<{ backup: DatabaseBackup; secrets: SecretReader }> {
  if (!file?.length) {
    throw new BackupError(
      'InvalidSpec',
      'Name the YAML of the backup: -f backup.yaml (more -f for its Secrets).',
    );
  }
  const resources: Resource[] = [];
  for (const path of file) resources.push(...readResources(await readText(path, stdin), path));
  const backup = findDatabaseBackup(resources, file.join(', '), name);
  if (secrets !== undefined) return { backup, secrets: secretDirectory(secrets) };
  const { namespace } = backup.metadata;
  const documents = resources
    .filter(({ kind }) => kind === 'Secret')
    .map(({ value }) => value)
    .filter(
      ({ metadata }) =>
        ((metadata as { namespace?: string } | undefined)?.namespace ?? namespace) === namespace,
    );
  return { backup, secrets: secretDocuments(documents) };
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
