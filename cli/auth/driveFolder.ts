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
    const about = await this.#call('GET', '/about', { fields: 'user(emailAddress)' }, 'read the account');
    const { emailAddress } = (about.user ?? {}) as { emailAddress?: unknown };
    return typeof emailAddress === 'string' ? emailAddress : undefined;
  }

  /** The folder that an earlier login made under this name (the oldest, not in the bin), or a new one. */
  async folder(name: string, scope: DriveScope): Promise<{ folder: BackupFolder; made: boolean }> {
    const quoted = name.replace(/[\\']/g, '\\$&');
    const tag = `appProperties has { key='${ours.key}' and value='${ours.value}' }`;
    const found = await this.#call(
      'GET',
      '/files',
      {
        q: `name = '${quoted}' and mimeType = '${folderType}' and trashed = false${scope === 'drive' ? ` and ${tag}` : ''}`,
        orderBy: 'createdTime',
        fields: 'files(id,name,webViewLink)',
      },
      'look for the folder',
    );
    const first = Array.isArray(found.files) ? (found.files[0] as FileFields | undefined) : undefined;
    if (first) return { folder: backupFolder(first), made: false };
    const made = await this.#call('POST', '/files', { fields: 'id,name,webViewLink' }, 'make the folder', {
      name,
      mimeType: folderType,
      appProperties: { [ours.key]: ours.value },
    });
    return { folder: backupFolder(made), made: true };
  }

  /** Looks at a folder made by hand. Throws FolderNotFound, NotAFolder. */
  async givenFolder(id: string): Promise<BackupFolder> {
    const file: FileFields = await this.#call(
      'GET',
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

  #call(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    what: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const { transport, clock, signal } = this.#network;
    const url = `${this.#root}${path}?${new URLSearchParams(query)}`;
    const attempt = { what, ofFolder: path.startsWith('/files/') };
    return retry(
      async () => {
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
      },
      { clock, policy: loginRetries },
      signal,
    );
  }
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
