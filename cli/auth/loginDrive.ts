import { BackupError } from '../../crds/failureReason.ts';
import { answerError, networkError } from '../../runner/destinations/googleErrors.ts';
import type { HTTPAnswer } from '../../runner/destinations/httpTransport.ts';
import { retry } from '../../runner/destinations/retry.ts';
import type { GoogleEndpoints } from './googleEndpoints.ts';
import { jsonObject } from './jsonObject.ts';
import { type LoginNetwork, loginRetries } from './oauthRequest.ts';
import type { DriveScope } from './scope.ts';
import type { BackupFolder } from './secretManifest.ts';

const folderType = 'application/vnd.google-apps.folder';
// Tells the folders that `auth login` made from others of the name, which scope drive sees as well.
const ours = { key: 'dbbackup', value: 'folder' };

interface FileFields {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly mimeType?: unknown;
  readonly trashed?: unknown;
  readonly webViewLink?: unknown;
  readonly capabilities?: { readonly canAddChildren?: unknown };
}

/** The few calls to Drive that a login makes, with the access token of that login. */
export class LoginDrive {
  readonly #root: string;
  readonly #network: LoginNetwork;
  readonly #accessToken: string;

  constructor(endpoints: GoogleEndpoints, network: LoginNetwork, accessToken: string) {
    this.#root = endpoints.drive;
    this.#network = network;
    this.#accessToken = accessToken;
  }

  /** The mail address of the account; undefined if Google does not tell it. */
  async account(): Promise<string | undefined> {
    const about = await this.#get('/about', { fields: 'user(emailAddress)' }, 'read the account');
    const { emailAddress } = (about.user ?? {}) as { emailAddress?: unknown };
    return typeof emailAddress === 'string' ? emailAddress : undefined;
  }

  /** The folder that an earlier login made under this name (the oldest, not in the bin), or a new one. */
  folder(name: string, scope: DriveScope): Promise<{ folder: BackupFolder; made: boolean }> {
    // A folder takes no ID of ours, so a creation whose answer was lost must be found, not made again.
    return this.#retry(async () => {
      const found = await this.#oldestFolder(name, scope);
      if (found) return { folder: backupFolder(found), made: false };
      const made = await this.#send('POST', '/files', { fields: 'id,name,webViewLink' }, 'make the folder', {
        name,
        mimeType: folderType,
        appProperties: { [ours.key]: ours.value },
      });
      return { folder: backupFolder(made), made: true };
    });
  }

  /** Looks at a folder made by hand. Throws FolderNotFound, NotAFolder. */
  async givenFolder(id: string): Promise<BackupFolder> {
    const file: FileFields = await this.#get(
      `/files/${encodeURIComponent(id)}`,
      { fields: 'id,name,mimeType,trashed,webViewLink,capabilities(canAddChildren)' },
      'look at the folder',
    );
    if (file.mimeType !== folderType) {
      throw new BackupError(
        'NotAFolder',
        `${id} is a file, not a folder: take the ID from the address of the opened folder, the part after /folders/.`,
      );
    }
    if (file.trashed === true) {
      throw new BackupError(
        'FolderNotFound',
        `Folder ${id} is in the bin: restore it or give another --folder-id.`,
      );
    }
    if (file.capabilities?.canAddChildren === false) {
      throw new BackupError(
        'FolderNotFound',
        `This account may not add files to folder ${id}: ask its owner for the role Editor, or give another --folder-id.`,
      );
    }
    return backupFolder(file);
  }

  async #oldestFolder(name: string, scope: DriveScope): Promise<FileFields | undefined> {
    const terms = [`name = '${quoted(name)}'`, `mimeType = '${folderType}'`, 'trashed = false'];
    if (scope === 'drive') terms.push(`appProperties has { key='${ours.key}' and value='${ours.value}' }`);
    const query = {
      q: terms.join(' and '),
      orderBy: 'createdTime',
      fields: 'nextPageToken,incompleteSearch,files(id,name,webViewLink)',
    };
    let page: Record<string, unknown> = {};
    do {
      const { nextPageToken } = page;
      const next = typeof nextPageToken === 'string' ? { pageToken: nextPageToken } : {};
      page = await this.#send('GET', '/files', { ...query, ...next }, 'look for the folder');
      const first: FileFields | undefined = Array.isArray(page.files) ? page.files[0] : undefined;
      if (first) return first;
      // Google may give empty pages before one with a file.
    } while (page.nextPageToken);
    if (page.incompleteSearch !== true) return undefined;
    throw new BackupError(
      'UploadFailed',
      'Google Drive could not search all of the account: try again later.',
    );
  }

  #get(
    path: string,
    query: Readonly<Record<string, string>>,
    what: string,
  ): Promise<Record<string, unknown>> {
    return this.#retry(() => this.#send('GET', path, query, what));
  }

  #retry<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#network;
    return retry(attempt, { clock, policy: loginRetries }, signal);
  }

  async #send(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    what: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const { transport, clock, signal } = this.#network;
    const url = `${this.#root}${path}?${new URLSearchParams(query)}`;
    const attempt = { what, ofFolder: path.startsWith('/files/') };
    let answer: HTTPAnswer;
    try {
      answer = await transport.send({
        method,
        url,
        headers: {
          Authorization: `Bearer ${this.#accessToken}`,
          ...(body ? { 'Content-Type': 'application/json; charset=UTF-8' } : {}),
        },
        ...(body ? { body: [Buffer.from(JSON.stringify(body))] } : {}),
        signal,
      });
    } catch (error) {
      throw networkError(error, new URL(url).host, attempt);
    }
    if (answer.status !== 200) throw answerError(answer, attempt, clock.now());
    return jsonObject(answer.body);
  }
}

function quoted(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

function backupFolder(file: FileFields): BackupFolder {
  const { id, name, webViewLink } = file;
  if (typeof id !== 'string' || typeof name !== 'string') {
    throw new BackupError(
      'UploadFailed',
      "Google Drive's answer about the folder is not what it documents: try again.",
    );
  }
  return { id, name, link: typeof webViewLink === 'string' ? webViewLink : undefined };
}
