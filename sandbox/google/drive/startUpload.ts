import { driveError } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { checkNewFile, checkQuota } from './createFile.ts';
import { checkFieldMask } from './fieldMask.ts';
import { fileSchema } from './fieldSchemas.ts';
import { fileMetadata } from './fileMetadata.ts';
import { openUploadSession } from './uploadSession.ts';

/** POST …?uploadType=resumable: checks everything that can be known now and answers with the session URI. */
export async function startUpload(state: GoogleState, exchange: Exchange): Promise<void> {
  const token = authenticate(state, exchange, 'DriveFiles.Create', ['drive', 'drive.file']);
  const body = await exchange.text();
  if (body !== '' && !/^application\/json\b/i.test(exchange.header('content-type') ?? ''))
    throw driveError(400, 'badContent', `Unsupported content with type: ${exchange.header('content-type')}`);
  const metadata = fileMetadata(body, 'create');
  await exchange.enter('uploadStart', { name: metadata.name ?? 'Untitled' });
  const total = declaredLength(exchange.header('x-upload-content-length'));
  const fields = exchange.fields;
  checkFieldMask(fields, fileSchema);
  checkNewFile(state, metadata, token, true);
  checkQuota(state, total ?? 0);
  const contentType = exchange.header('x-upload-content-type');
  const session = await openUploadSession(state, { metadata, contentType, token, fields, total });
  const location = new URL(exchange.url);
  location.searchParams.delete('access_token');
  location.searchParams.set('upload_id', session.id);
  exchange.answer(200, '', { Location: location.href, 'X-GUploader-UploadID': session.id });
}

function declaredLength(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (!/^\d+$/.test(header)) throw driveError(400, 'badRequest', 'Invalid X-Upload-Content-Length header.');
  return Number(header);
}
