import type { Exchange, HandlerFaults } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { uploadError } from '../httpError.ts';
import { bearerToken, liveToken } from '../oauth/authenticate.ts';
import { type ContentRange, contentRange } from './contentRange.ts';
import { granule } from './contentWriter.ts';
import { checkQuota, createFile } from './createFile.ts';
import { applyFieldMask } from './fieldMask.ts';
import { defaultFileFields, fileSchema } from './fieldSchemas.ts';
import { fileResource } from './fileResource.ts';
import { receiveChunk } from './receiveChunk.ts';
import { endUploadSession, exclusively, type UploadSession } from './uploadSession.ts';

/** PUT to a session URI: a chunk, the whole content, or a question how far it got. */
export async function continueUpload(state: GoogleState, exchange: Exchange): Promise<void> {
  const session = knownSession(state, exchange);
  const header = exchange.header('content-range');
  const range = header === undefined ? wholeContent(exchange) : contentRange(header);
  const operation = range.kind === 'status' ? 'uploadStatus' : 'uploadChunk';
  const faults = await exchange.enter(operation, { name: session.metadata.name ?? 'Untitled' });
  await exclusively(session, async () => {
    if (faults.sessionGone !== undefined) await endUploadSession(session, faults.sessionGone);
    if (session.gone !== undefined) throw goneError(session.gone);
    if (session.file) return answerFile(state, exchange, session);
    agreeOnTotal(session, range.total);
    const complete =
      range.kind === 'status'
        ? session.total === session.writer.stored && range.total !== undefined
        : await takeChunk(state, exchange, session, range, faults);
    if (!complete) return answerProgress(exchange, session);
    await finish(state, session);
    answerFile(state, exchange, session);
  });
}

/** DELETE on a session URI. 499 is what Google's servers answer to a cancelled upload; how later requests are answered is unconfirmed, 404 is assumed. */
export async function cancelUpload(state: GoogleState, exchange: Exchange): Promise<void> {
  const session = knownSession(state, exchange);
  await exchange.enter('uploadCancel', { name: session.metadata.name ?? 'Untitled' });
  await exclusively(session, () => endUploadSession(session, 404));
  exchange.answer(499, '');
}

function knownSession(state: GoogleState, exchange: Exchange): UploadSession {
  // The session URI is itself the permission; but a token that is sent must be good.
  const bearer = bearerToken(exchange);
  if (bearer !== undefined) liveToken(state, bearer);
  const session = state.sessions.get(exchange.query.get('upload_id') ?? '');
  if (!session) throw goneError(404);
  const week = 7 * 24 * 3600 * 1000;
  // "About a week" is unconfirmed.
  if (state.now().getTime() - session.started.getTime() > week) throw goneError(404);
  return session;
}

function wholeContent(exchange: Exchange): ContentRange {
  const length = exchange.header('content-length');
  if (length === undefined)
    return { kind: 'bytes', first: 0, last: Number.POSITIVE_INFINITY, total: undefined };
  if (length === '0') return { kind: 'status', total: 0 };
  return { kind: 'bytes', first: 0, last: Number(length) - 1, total: Number(length) };
}

function agreeOnTotal(session: UploadSession, total: number | undefined): void {
  if (total === undefined) return;
  if ((session.total !== undefined && session.total !== total) || total < session.writer.stored) {
    throw uploadError(
      400,
      `Invalid request.  The total size ${total} contradicts what is known of this upload: ` +
        `${session.total ?? 'unknown'} byte(s) declared, ${session.writer.stored} byte(s) stored.`,
    );
  }
  session.total = total;
}

async function takeChunk(
  state: GoogleState,
  exchange: Exchange,
  session: UploadSession,
  range: Extract<ContentRange, { kind: 'bytes' }>,
  faults: HandlerFaults,
): Promise<boolean> {
  const { writer } = session;
  // The real servers answer a gap with 503 and this sentence (seen live by others), two spaces included.
  if (range.first > writer.stored) {
    throw uploadError(
      503,
      `Invalid request.  According to the Content-Range header, the upload offset is ${range.first} byte(s), ` +
        `which exceeds already uploaded size of ${writer.stored} byte(s).`,
    );
  }
  const length = range.last - range.first + 1;
  const whole = range.last === Number.POSITIVE_INFINITY;
  const isLast = whole || range.last + 1 === session.total;
  const sent = exchange.header('content-length');
  if (sent !== undefined && Number(sent) !== length) throw lengthMismatch(Number(sent), range);
  if (session.total !== undefined && !whole && range.last >= session.total)
    throw uploadError(400, 'Failed to parse Content-Range header.');
  // The real servers may take such a chunk in part; the documentation forbids it, and so does the fake.
  if (!isLast && length % granule !== 0) {
    throw uploadError(
      400,
      'Invalid request.  The number of bytes uploaded is required to be equal or greater than 262144, ' +
        "except for the final request (it's recommended to be the exact multiple of 262144). " +
        `The received request contained ${length} bytes, which does not meet this requirement.`,
    );
  }
  const skip = writer.stored - range.first;
  const most = whole ? (session.total ?? length) : length;
  let accepted = false;
  try {
    const received = await receiveChunk(exchange, writer, skip, most, faults, (bytes) =>
      checkQuota(state, bytes),
    );
    if (faults.storeLess !== undefined) return false;
    if (whole) agreeOnTotal(session, received);
    else if (received !== length) throw lengthMismatch(received, range);
    accepted = true;
    return isLast;
  } finally {
    // Only whole granules survive a chunk that did not end well.
    if (!accepted) writer.dropWaiting();
  }
}

async function finish(state: GoogleState, session: UploadSession): Promise<void> {
  const { metadata, token, contentType, writer } = session;
  const content = await writer.finish();
  try {
    session.file = createFile(state, metadata, token, content, contentType);
  } catch (error) {
    // The ID was used meanwhile, or the folder is gone: there is nothing to go on with.
    await endUploadSession(session, 404);
    throw error;
  }
}

function answerFile(state: GoogleState, exchange: Exchange, session: UploadSession): void {
  if (!session.file) throw new Error('The session has no file yet.');
  const resource = fileResource(state, session.file, session.token);
  exchange.answerJSON(200, applyFieldMask(resource, session.fields ?? defaultFileFields, fileSchema));
}

function answerProgress(exchange: Exchange, session: UploadSession): void {
  const { stored } = session.writer;
  // Nothing stored: no Range at all.
  const range = stored > 0 ? { Range: `bytes=0-${stored - 1}` } : {};
  exchange.answer(308, '', { ...range, 'X-GUploader-UploadID': session.id });
}

function lengthMismatch(received: number, range: Extract<ContentRange, { kind: 'bytes' }>) {
  return uploadError(
    400,
    `Invalid request.  There were ${received} byte(s) in the request body.  There should have been ` +
      `${range.last - range.first + 1} byte(s) (starting at offset ${range.first} and ending at offset ` +
      `${range.last}) according to the Content-Range header.`,
  );
}

function goneError(status: number) {
  return uploadError(status, status === 410 ? 'Gone' : 'Not Found');
}
