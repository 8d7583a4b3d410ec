import { readFile } from 'node:fs/promises';
import { BackupError } from '../../crds/failureReason.ts';

/** The OAuth client that the login is for. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}

/** Reads the JSON that the Google Cloud console offers for download. Throws ClientInvalid. */
export async function readClientFile(path: string): Promise<OAuthClient> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BackupError(
      'ClientInvalid',
      `The client file ${path} cannot be read (${code}): check --client-file.`,
      {
        cause,
      },
    );
  }
  return parseClientFile(text, path);
}

/** The client in the text of a client_secret.json; `where` names the file in messages. Throws ClientInvalid. */
export function parseClientFile(text: string, where: string): OAuthClient {
  const refuse = (sentence: string) => new BackupError('ClientInvalid', `${where} ${sentence}`);
  const file = parsed(text);
  if (!isRecord(file)) {
    throw refuse('is not JSON: download the OAuth client from the Google Cloud console once more.');
  }
  if (file.type === 'service_account') {
    throw refuse(
      'is a service-account key. Service accounts cannot own files in a personal Drive: make an OAuth client of the type Desktop app.',
    );
  }
  if (isRecord(file.web)) {
    throw refuse(
      'is an OAuth client of the type Web application, which cannot answer to a program: make one of the type Desktop app.',
    );
  }
  const client = file.installed;
  if (!isRecord(client)) {
    throw refuse(
      'is no OAuth client: it has no "installed" part. Download a client of the type Desktop app.',
    );
  }
  const { client_id: id, client_secret: secret } = client;
  if (typeof id !== 'string' || id === '' || typeof secret !== 'string' || secret === '') {
    throw refuse('has no client_id or no client_secret: download the OAuth client once more.');
  }
  return { id, secret };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
