import { randomBytes } from 'node:crypto';
import { BackupError } from '../../crds/failureReason.ts';
import type { AccessToken } from './accessToken.ts';
import type { Destination, DestinationState, FileTags, NewFile, StoredFile, Upload } from './destination.ts';
import { DriveAPI } from './driveApi.ts';
import { driveDownload } from './driveDownload.ts';
import { type DriveFile, driveFileFields, isGoogleNative, storedFile } from './driveFile.ts';
import { inspectFolder } from './driveFolder.ts';
import { listFolder } from './driveListing.ts';
import { driveRoom } from './driveRoom.ts';
import { FileIDs } from './fileIds.ts';
import type { GoogleClient } from './googleClient.ts';
import {
  type DestinationLogger,
  type GoogleConnection,
  type GoogleOptions,
  openGoogle,
} from './googleConnection.ts';
import { FileMissing } from './googleErrors.ts';
import { probeDestination } from './probeDestination.ts';
import { ResumableUpload } from './resumableUpload.ts';

/** How to reach a folder of Google Drive. */
export interface GoogleDriveOptions extends GoogleOptions {
  readonly folderID: string;
  /** Multiple of 256 KiB; an upload holds two chunks. */
  readonly chunkBytes?: number;
  /** Files that one page of the listing holds, at most 1000. */
  readonly pageSize?: number;
  /** How long each of the two steps that cancel an upload may take. */
  readonly cleanUpMs?: number;
}

/** A folder of Google Drive as a destination; nothing is sent before the first call. */
export async function openGoogleDrive(options: GoogleDriveOptions): Promise<Destination> {
  return new GoogleDrive(options);
}

class GoogleDrive implements Destination {
  readonly kind = 'googleDrive';
  readonly #folderID: string;
  readonly #chunkBytes: number;
  readonly #pageSize: number;
  readonly #cleanUpMs: number;
  readonly #logger: DestinationLogger;
  readonly #root: URL;
  readonly #connection: GoogleConnection;
  readonly #token: AccessToken;
  readonly #client: GoogleClient;
  readonly #api: DriveAPI;
  readonly #ids: FileIDs;

  constructor(options: GoogleDriveOptions) {
    this.#folderID = options.folderID;
    this.#chunkBytes = options.chunkBytes ?? 8 * 1024 * 1024;
    this.#pageSize = options.pageSize ?? 1000;
    this.#cleanUpMs = options.cleanUpMs ?? 5_000;
    this.#logger = options.logger;
    this.#root = new URL(options.rootURL ?? 'https://www.googleapis.com/');
    this.#connection = openGoogle(options);
    this.#token = this.#connection.token;
    this.#client = this.#connection.client;
    this.#api = new DriveAPI(this.#client, this.#root.href);
    this.#ids = new FileIDs(this.#api);
  }

  async inspect(signal: AbortSignal): Promise<DestinationState> {
    const folder = await inspectFolder(this.#api, this.#folderID, signal);
    const room = await driveRoom(this.#api, signal);
    const expiry = this.#token.refreshTokenExpiresAt;
    return { ...folder, ...room, ...(expiry ? { credentialsExpireAt: expiry } : {}) };
  }

  probe(signal: AbortSignal): Promise<void> {
    return probeDestination(this, randomBytes(6).toString('hex'), this.#client.clock.now(), signal);
  }

  async create(file: NewFile, signal: AbortSignal): Promise<Upload> {
    const uploadURL = new URL('/upload/drive/v3/files', this.#root);
    uploadURL.searchParams.set('uploadType', 'resumable');
    uploadURL.searchParams.set('fields', driveFileFields);
    const upload = new ResumableUpload(
      {
        client: this.#client,
        uploadURL,
        folderID: this.#folderID,
        file,
        chunkBytes: this.#chunkBytes,
        cleanUpMs: this.#cleanUpMs,
        newID: (during) => this.#ids.next(during),
        look: (id, during) => this.#look(id, during),
        remove: (id, during) => this.remove(id, 'Delete', during),
        explain: (error) => this.#explain(error, signal),
        warn: (fields, message) => this.#logger.warn(fields, message),
      },
      signal,
    );
    await upload.start();
    return upload;
  }

  list(signal: AbortSignal): Promise<StoredFile[]> {
    return listFolder(this.#api, this.#folderID, this.#pageSize, signal);
  }

  async get(id: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    const file = await this.#look(id, signal);
    if (!file || file.trashed || isGoogleNative(file)) return undefined;
    // `root` is an alias: Drive answers with the real ID.
    const here = this.#folderID === 'root' || file.parents?.includes(this.#folderID);
    return here ? storedFile(file) : undefined;
  }

  async *read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const file = await this.get(id, signal);
    if (!file) throw new BackupError('FolderNotFound', 'The file is not in the folder any more.');
    const url = new URL(`/drive/v3/files/${encodeURIComponent(id)}?alt=media`, this.#root);
    yield* driveDownload(this.#client, { name: file.name, bytes: file.bytes, url }, signal);
  }

  async remove(id: string, mode: 'Trash' | 'Delete', signal: AbortSignal): Promise<void> {
    await this.#orMissing(
      this.#api.call<unknown>({ what: 'remove a file' }, signal, (api, options) =>
        mode === 'Delete'
          ? api.files.delete({ fileId: id }, options)
          : api.files.update({ fileId: id, requestBody: { trashed: true }, fields: 'id' }, options),
      ),
    );
  }

  async tag(id: string, tags: FileTags, signal: AbortSignal): Promise<void> {
    await this.#api.call({ what: 'tag a file' }, signal, (api, options) =>
      api.files.update({ fileId: id, requestBody: { appProperties: { ...tags } }, fields: 'id' }, options),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]();
  }

  async #look(id: string, signal: AbortSignal): Promise<DriveFile | undefined> {
    const found = await this.#orMissing(
      this.#api.call<DriveFile>({ what: 'look at a file' }, signal, (api, options) =>
        api.files.get({ fileId: id, fields: driveFileFields }, options),
      ),
    );
    return found?.data;
  }

  async #orMissing<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof FileMissing) return undefined;
      throw error;
    }
  }

  // A full Drive is told with its figures, if they can be had.
  async #explain(error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof BackupError) || error.reason !== 'QuotaExceeded' || signal.aborted) return error;
    try {
      const { usage } = await driveRoom(this.#api, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
      return new BackupError('QuotaExceeded', `The Drive is full: ${usage}. Nothing old was deleted.`, {
        cause: error,
      });
    } catch {
      return error;
    }
  }
}
