import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { GoogleState } from '../googleState.ts';
import type { AccessToken } from '../oauth/authorizations.ts';
import { ContentWriter } from './contentWriter.ts';
import type { FileMetadata } from './fileMetadata.ts';
import type { StoredFile } from './storedFile.ts';

/** A resumable upload on its way. Whoever knows its ID may send to it. */
export interface UploadSession {
  readonly id: string;
  readonly metadata: FileMetadata;
  readonly contentType: string | undefined;
  readonly token: AccessToken;
  readonly fields: string | null;
  readonly started: Date;
  readonly writer: ContentWriter;
  /** The whole length, once it is known. */
  total: number | undefined;
  /** The file, once it is complete. */
  file: StoredFile | undefined;
  /** The status that every further request gets, once the session is no more. */
  gone: number | undefined;
  /** The request being worked on; the next one waits for it. */
  busy: Promise<void>;
}

/** Opens a session; its bytes go to the fake's own directory. */
export async function openUploadSession(
  state: GoogleState,
  given: Pick<UploadSession, 'metadata' | 'contentType' | 'token' | 'fields' | 'total'>,
): Promise<UploadSession> {
  const id = `AHVrFx${randomBytes(60).toString('base64url')}`;
  const session: UploadSession = {
    ...given,
    id,
    started: state.now(),
    writer: await openContent(state),
    file: undefined,
    gone: undefined,
    busy: Promise.resolve(),
  };
  state.sessions.set(id, session);
  return session;
}

/** A new place for content. */
export function openContent(state: GoogleState): Promise<ContentWriter> {
  return ContentWriter.open(join(state.directory, `${randomBytes(12).toString('hex')}.content`));
}

/** Ends a session without a file. */
export async function endUploadSession(session: UploadSession, status: number): Promise<void> {
  if (session.gone !== undefined || session.file) return;
  session.gone = status;
  await session.writer.discard();
}

/** Runs `work` when no other request to this session is being worked on. */
export async function exclusively<T>(session: UploadSession, work: () => Promise<T>): Promise<T> {
  const before = session.busy;
  const { promise, resolve } = Promise.withResolvers<void>();
  session.busy = promise;
  await before;
  try {
    return await work();
  } finally {
    resolve();
  }
}
