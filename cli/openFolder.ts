import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError } from '../crds/failureReason.ts';
import type { Destination } from '../runner/destinations/destination.ts';
import { openDestination } from '../runner/openDestination.ts';
import { secretDocuments } from '../runner/secrets.ts';
import type { Services } from '../runner/services.ts';
import { findOwner } from '../runner/sets/findOwner.ts';
import { cliServices } from './cliServices.ts';
import type { Invocation } from './command.ts';

/** Options of the form without any YAML, for parseArgs. */
export const folderOptions = {
  'without-cluster': { type: 'boolean' },
  folder: { type: 'string' },
  token: { type: 'string' },
  from: { type: 'string' },
} as const;

/** Help texts of `folderOptions`. */
export const folderOptionTexts = {
  'without-cluster': 'Instead of -f: the folder and, for Google Drive, a token are all that is needed',
  folder: 'Drive folder ID (the part after /folders/ in its address), or the path of a folder',
  token: 'Token file: token.json, or the YAML that dbbackup auth login printed',
  from: 'Whose sets, where the folder has those of several backups: NAMESPACE/NAME or owner',
};

/** A folder without the backup that writes into it. */
export interface OpenedFolder extends AsyncDisposable {
  readonly owner: string;
  readonly services: Services;
  readonly destination: Destination;
}

/** Opens --folder and finds whose sets are meant. Throws InvalidSpec and what opening and listing throw. */
export async function openFolder({ values, io, signal }: Invocation): Promise<OpenedFolder> {
  const folder = String(values.folder ?? '');
  if (folder === '') {
    throw new BackupError('InvalidSpec', 'Name the folder: --folder FOLDER_ID, with --token token.json.');
  }
  const path = /^[./~]/.test(folder);
  const token = values.token === undefined ? undefined : await readToken(String(values.token));
  if (!path && token === undefined) {
    throw new BackupError('InvalidSpec', 'Name the file of the token as well: --token token.json.');
  }
  const secrets = secretDocuments([
    { metadata: { name: 'token' }, stringData: { 'token.json': token ?? '' } },
  ]);
  const services = cliServices(secrets, io);
  const destination = await openDestination(
    path
      ? { directory: { path: resolve(folder) } }
      : { googleDrive: { folderID: folder, credentialsSecretRef: { name: 'token', key: 'token.json' } } },
    services,
  );
  try {
    const owner = await findOwner(destination, { from: values.from?.toString(), field: '--from' }, signal);
    return { owner, services, destination, [Symbol.asyncDispose]: () => destination[Symbol.asyncDispose]() };
  } catch (error) {
    await destination[Symbol.asyncDispose]();
    throw error;
  }
}

/** The JSON of a token, also out of the Secret that `auth login` prints. */
async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BackupError(
      'InvalidSpec',
      `${path} cannot be read (${code}): check the path given with --token.`,
      {
        cause,
      },
    );
  }
  if (!/^kind: Secret$/m.test(text)) return text;
  const { parse } = await import('yaml');
  const { stringData, data } = parse(text) as Record<string, Record<string, string> | undefined>;
  const encoded = data?.['token.json'];
  return (
    stringData?.['token.json'] ??
    (encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8'))
  );
}
