import type { Content } from './drive/contentWriter.ts';
import { newFile } from './drive/driveStore.ts';
import { folderType, type StoredFile } from './drive/storedFile.ts';
import { endUploadSession } from './drive/uploadSession.ts';
import type { Faults } from './faults.ts';
import type { Account, GoogleState } from './googleState.ts';
import type { Client } from './oauth/authorizations.ts';
import { scope } from './oauth/scopes.ts';
import type { LoggedRequest, RunningServer } from './serve.ts';
import { type SheetsControls, sheetsControls } from './sheets/sheetsControls.ts';

/** A credentials file as google-auth-library and gcloud write it. */
export interface Credentials {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
}

/** A file as it lies in the fake, the bin included. */
export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly parent: string | undefined;
  readonly trashed: boolean;
  readonly createdTime: Date;
  /** As the client that made the file sees them. */
  readonly appProperties: Readonly<Record<string, string>>;
  /** True size, checksums and place on disk, whatever a fault makes the API say. */
  readonly content: Content | undefined;
}

/** The running fake and all that a test may do to it. */
export interface FakeGoogle extends AsyncDisposable, SheetsControls {
  /** Root of OAuth, Drive, Sheets and the pages, without a slash at its end. */
  readonly url: string;
  /** Of 127.0.0.1, where it listens. */
  readonly port: number;
  /** A folder that the default client made, visible under drive.file. */
  readonly folderID: string;
  /** Of the default client, scope drive.file. */
  readonly credentials: Credentials;
  /** Where the contents of files lie, those of unfinished uploads included. */
  readonly directory: string;
  readonly account: Account;
  readonly faults: Faults;
  readonly requests: readonly LoggedRequest[];
  /** Errors within the fake itself; empty unless it has a bug. */
  readonly bugs: readonly unknown[];
  /** The OAuth client of `credentials` (kind desktop); its publishingStatus may be changed. */
  readonly client: Client;
  /** Makes another OAuth client; only one of kind `device` may use the device flow. */
  createClient(kind?: Client['kind'], name?: string): Client;
  /** Credentials as after a consent. Scopes by short name, space-separated; default drive.file. */
  issueCredentials(options?: { scope?: string; client?: Client; expires?: Date }): Credentials;
  /** An access token as after a refresh. */
  issueAccessToken(options?: { scope?: string; client?: Client }): string;
  /** Every refresh token ends, with its access tokens: invalid_grant. */
  revokeRefreshTokens(): void;
  /** Access tokens end now: 401 until the next refresh. */
  expireAccessTokens(): void;
  /** An API is off in the project until it is enabled again; default: Drive's. */
  disableApi(api?: 'drive' | 'sheets'): void;
  enableApi(api?: 'drive' | 'sheets'): void;
  /** Makes a folder, by the user's own hand (out of sight under drive.file) or as a client's. Returns its ID. */
  createFolder(name: string, options?: { byUser?: boolean; client?: Client; parent?: string }): string;
  /** The user picks a file for an app: visible to it under drive.file from now on. */
  pickFile(id: string, client?: Client): void;
  /** All files and folders but the root. */
  files(): FakeFile[];
  stop(): Promise<void>;
}

/** Puts the controls around a server that runs. */
export function fakeControls(
  state: GoogleState,
  server: RunningServer,
  client: Client,
  folderID: string,
): FakeGoogle {
  const { drive, authorizations } = state;
  const scopesOf = (list = 'drive.file') => list.split(' ').filter(Boolean).map(scope);
  const issueCredentials: FakeGoogle['issueCredentials'] = (options = {}) => {
    const owner = options.client ?? client;
    const token = authorizations.issueRefreshToken(owner, scopesOf(options.scope), options.expires);
    owner.consented = true;
    return {
      type: 'authorized_user',
      client_id: owner.id,
      client_secret: owner.secret,
      refresh_token: token.token,
    };
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await server.stop();
      for (const session of state.sessions.values()) await endUploadSession(session, 404);
    })();
    return stopped;
  };
  return {
    ...sheetsControls(state, client),
    url: state.url,
    port: Number(new URL(server.url).port),
    folderID,
    credentials: issueCredentials(),
    directory: state.directory,
    account: state.account,
    faults: state.faults,
    requests: server.requests,
    bugs: server.bugs,
    client,
    createClient: (kind = 'desktop', name = 'Another app') => authorizations.addClient(kind, name),
    issueCredentials,
    issueAccessToken: (options = {}) =>
      authorizations.issueAccessToken({
        clientID: (options.client ?? client).id,
        scopes: scopesOf(options.scope),
      }).token,
    revokeRefreshTokens: () => authorizations.revokeAll(),
    expireAccessTokens: () => authorizations.expireAccessTokens(),
    disableApi: (api) => {
      state[enabled(api)] = false;
    },
    enableApi: (api) => {
      state[enabled(api)] = true;
    },
    createFolder: (name, options = {}) => {
      const createdBy = options.byUser ? undefined : (options.client ?? client).id;
      const parent = options.parent ?? drive.rootID;
      const folder = { id: drive.newID(), name, mimeType: folderType, parent, createdBy, time: state.now() };
      return drive.add(newFile(folder)).id;
    },
    pickFile: (id, picker = client) => {
      const file = drive.files.get(id);
      if (!file) throw new Error(`The fake has no file ${id}.`);
      file.visibleTo.add(picker.id);
    },
    files: () =>
      [...drive.files.values()]
        .filter((file) => file.id !== drive.rootID)
        .map((file) => fakeFile(state, file)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function enabled(api: 'drive' | 'sheets' = 'drive') {
  return api === 'drive' ? 'apiEnabled' : 'sheetsApiEnabled';
}

function fakeFile(state: GoogleState, file: StoredFile): FakeFile {
  return {
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    parent: file.parent,
    trashed: state.drive.trashed(file),
    createdTime: file.createdTime,
    appProperties: file.appProperties.get(file.createdBy ?? '') ?? {},
    content: file.content,
  };
}
