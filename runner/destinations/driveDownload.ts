import { BackupError } from '../../crds/failureReason.ts';
import type { GoogleClient } from './googleClient.ts';
import { answerError, networkError } from './googleErrors.ts';
import { NetworkError, type StreamedAnswer } from './httpTransport.ts';
import { ReceivedMemory } from './receivedMemory.ts';
import { Backoff, TransientError } from './retry.ts';

/** The file to read and where its content is. */
export interface Download {
  readonly name: string;
  readonly bytes: number;
  /** files.get with alt=media. */
  readonly url: URL;
}

/**
 * The bytes of a file in order. After a broken connection it goes on from the byte that is next; it ends after exactly
 * `bytes` bytes or throws UploadFailed, FolderNotFound or ChecksumMismatch.
 */
export async function* driveDownload(
  client: GoogleClient,
  download: Download,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { name, bytes, url } = download;
  const backoff = new Backoff(client.waiting);
  let next = 0;
  while (next < bytes) {
    try {
      const answer = await openAt(client, download, next, signal);
      for await (const part of parts(answer, url.host, name, signal)) {
        if (part.length > bytes - next) throw otherSize(name, bytes, 'more');
        next += part.length;
        backoff.reset();
        yield part;
      }
      if (next < bytes) throw otherSize(name, bytes, 'fewer');
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await backoff.wait(error, signal);
    }
  }
}

async function openAt(
  client: GoogleClient,
  { name, url }: Download,
  next: number,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const attempt = { what: `send ${name}` };
  const headers: Record<string, string> = next > 0 ? { Range: `bytes=${next}-` } : {};
  const answer = await client.open({ method: 'GET', url, headers, signal }, attempt);
  if (next === 0 && answer.status === 200) return answer;
  const range = answer.headers['content-range'];
  if (answer.status === 206 && range?.startsWith(`bytes ${next}-`)) return answer;
  if (answer.status === 200 || answer.status === 206) {
    answer.stream.destroy();
    throw new BackupError('UploadFailed', `Google Drive did not go on with ${name} where it broke off.`);
  }
  const body = await bounded(answer, url.host, name, signal);
  throw answerError({ status: answer.status, headers: answer.headers, body }, attempt, client.clock.now());
}

async function bounded(
  answer: StreamedAnswer,
  host: string,
  name: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts(answer, host, name, signal)) {
    collected.push(part);
    length += part.length;
    if (length > 65_536) break;
  }
  return Buffer.concat(collected);
}

/** The body; a connection that breaks is a TransientError. Ends the connection when it is left early. */
async function* parts(
  answer: StreamedAnswer,
  host: string,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using received = new ReceivedMemory(answer.stream.socket);
  try {
    for await (const part of answer.stream as AsyncIterable<Buffer>) {
      received.passed(part);
      yield part;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw networkError(new NetworkError('ECONNRESET', error), host, { what: `send ${name}` });
  }
}

function otherSize(name: string, bytes: number, word: 'more' | 'fewer'): BackupError {
  return new BackupError('ChecksumMismatch', `Google Drive sent ${word} than the ${bytes} bytes of ${name}.`);
}
