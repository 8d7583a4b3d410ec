import { BackupError } from '../../crds/failureReason.ts';
import type { DriveFile } from './driveFile.ts';
import type { GoogleClient } from './googleClient.ts';
import { type Attempt, answerError } from './googleErrors.ts';
import type { HTTPAnswer } from './httpTransport.ts';
import { TransientError } from './retry.ts';

/** What Google says about a session: what it has, that the file is complete, or that the session is no more. */
export type SessionState =
  | { readonly kind: 'stored'; readonly next: number }
  | { readonly kind: 'done'; readonly file: DriveFile }
  | { readonly kind: 'gone' };

/** Chunks are multiples of this, but for the last one. */
export const chunkUnit = 262_144;

/**
 * One resumable upload session, request by request and without a second try: those are resumableUpload.ts.
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable
 */
export class UploadSession {
  readonly #client: GoogleClient;
  // Whoever knows the URI may write the file, so it never leaves this object.
  readonly #uri: URL;
  readonly #name: string;

  private constructor(client: GoogleClient, uri: URL, name: string) {
    this.#client = client;
    this.#uri = uri;
    this.#name = name;
  }

  /**
   * Opens a session for the file that the metadata describe; `bytes` where the size is known. Resolves with
   * 'taken' if a file of that ID exists already. Throws TransientError and BackupError as googleErrors.ts says.
   */
  static async start(
    client: GoogleClient,
    url: URL,
    metadata: { readonly name: string; readonly mimeType: string },
    bytes: number | undefined,
    signal: AbortSignal,
  ): Promise<UploadSession | 'taken'> {
    const attempt: Attempt = { what: `start the upload of ${metadata.name}`, ofFolder: true };
    const answer = await client.send(
      {
        method: 'POST',
        url,
        headers: {
          'Content-Type': 'application/json; charset=UTF-8',
          'X-Upload-Content-Type': metadata.mimeType,
          ...(bytes === undefined ? {} : { 'X-Upload-Content-Length': String(bytes) }),
        },
        body: [Buffer.from(JSON.stringify(metadata))],
        signal,
      },
      attempt,
    );
    if (answer.status === 409) return 'taken';
    if (answer.status !== 200) throw answerError(answer, attempt, client.clock.now());
    return new UploadSession(client, sessionURI(answer.headers.location, url), metadata.name);
  }

  /** Sends the bytes that begin at `start`. */
  put(
    bytes: readonly Buffer[],
    start: number,
    total: number | undefined,
    signal: AbortSignal,
  ): Promise<SessionState> {
    const length = bytes.reduce((sum, part) => sum + part.length, 0);
    return this.#put(bytes, `bytes ${start}-${start + length - 1}/${total ?? '*'}`, signal);
  }

  /** Asks what Google has; with a total that it has already, this also finishes the file. */
  status(total: number | undefined, signal: AbortSignal): Promise<SessionState> {
    return this.#put([], `bytes */${total ?? '*'}`, signal);
  }

  /** Gives the session up. Google answers 499; any answer is fine. */
  async cancel(signal: AbortSignal): Promise<void> {
    await this.#client.send(
      { method: 'DELETE', url: this.#uri, body: [], signal },
      { what: `cancel the upload of ${this.#name}` },
    );
  }

  async #put(body: readonly Buffer[], range: string, signal: AbortSignal): Promise<SessionState> {
    const attempt = { what: `store ${this.#name}` };
    const answer = await this.#client.send(
      { method: 'PUT', url: this.#uri, headers: { 'Content-Range': range }, body, signal },
      attempt,
    );
    if (answer.status === 308) return { kind: 'stored', next: nextOffset(answer, this.#name) };
    if (answer.status === 200 || answer.status === 201)
      return { kind: 'done', file: driveFile(answer, this.#name) };
    if (answer.status === 404 || answer.status === 410) return { kind: 'gone' };
    throw answerError(answer, attempt, this.#client.clock.now());
  }
}

function sessionURI(location: string | undefined, asked: URL): URL {
  const uri = location !== undefined && URL.canParse(location, asked) ? new URL(location, asked) : undefined;
  if (uri === undefined)
    throw new BackupError('UploadFailed', 'Google Drive opened an upload without an address.');
  if (uri.origin !== asked.origin) {
    throw new BackupError(
      'UploadFailed',
      `Google Drive sent the upload to another host than ${asked.host}; nothing was sent there.`,
    );
  }
  return uri;
}

// No Range header: nothing is stored.
function nextOffset(answer: HTTPAnswer, name: string): number {
  const { range } = answer.headers;
  if (range === undefined) return 0;
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(range);
  if (!match) {
    throw new TransientError(
      new BackupError('UploadFailed', `Google Drive did not say how much of ${name} it has.`),
    );
  }
  return Number(match[1]) + 1;
}

function driveFile(answer: HTTPAnswer, name: string): DriveFile {
  try {
    return JSON.parse(answer.body.toString()) as DriveFile;
  } catch {
    // The file is complete; a status query gives the JSON once more.
    throw new TransientError(
      new BackupError('UploadFailed', `Google Drive did not describe the stored ${name}.`),
    );
  }
}
