import { driveError } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import type { AccessToken } from '../oauth/authorizations.ts';
import type { ContentWriter } from './contentWriter.ts';
import { checkNewFile, checkQuota, createFile, uploadType } from './createFile.ts';
import { applyFieldMask, checkFieldMask } from './fieldMask.ts';
import { defaultFileFields, fileSchema } from './fieldSchemas.ts';
import { type FileMetadata, fileMetadata } from './fileMetadata.ts';
import { fileResource } from './fileResource.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { checkParameters } from './parameters.ts';
import { startUpload } from './startUpload.ts';
import type { StoredFile } from './storedFile.ts';
import { openContent } from './uploadSession.ts';

const parameters = [
  'enforceSingleParent',
  'ignoreDefaultVisibility',
  'includeLabels',
  'includePermissionsForView',
  'keepRevisionForever',
  'ocrLanguage',
  'supportsAllDrives',
  'supportsTeamDrives',
  'useContentAsIndexableText',
];

/** POST /drive/v3/files: a file or folder without content. */
export async function createRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  checkParameters(exchange, parameters);
  const token = authenticate(state, exchange, 'DriveFiles.Create', ['drive', 'drive.file']);
  const metadata = fileMetadata(await exchange.text(), 'create');
  await exchange.enter('create', { name: metadata.name ?? 'Untitled' });
  checkFieldMask(exchange.fields, fileSchema);
  checkNewFile(state, metadata, token, false);
  const native = metadata.mimeType?.startsWith('application/vnd.google-apps.') ?? false;
  const content = native ? undefined : await (await openContent(state)).finish();
  answerFile(state, exchange, createFile(state, metadata, token, content), token);
}

/** POST /upload/drive/v3/files: content in one request, or the start of a resumable upload. */
export async function uploadRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  checkParameters(exchange, parameters);
  const type = uploadType(exchange.query.get('uploadType'));
  if (type === 'resumable') return startUpload(state, exchange);
  const token = authenticate(state, exchange, 'DriveFiles.Create', ['drive', 'drive.file']);
  checkFieldMask(exchange.fields, fileSchema);
  const writer = await openContent(state);
  let file: StoredFile;
  try {
    file = await (type === 'media' ? media : multipart)(state, exchange, token, writer);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  answerFile(state, exchange, file, token);
}

async function media(state: GoogleState, exchange: Exchange, token: AccessToken, writer: ContentWriter) {
  await exchange.enter('create', { name: 'Untitled' });
  for await (const part of exchange.parts()) {
    checkQuota(state, writer.received + part.length);
    await writer.write(part);
  }
  return createFile(state, {}, token, await writer.finish(), exchange.header('content-type'));
}

async function multipart(state: GoogleState, exchange: Exchange, token: AccessToken, writer: ContentWriter) {
  const boundary = multipartBoundary(exchange.header('content-type'));
  let part = 0;
  const json: Buffer[] = [];
  let metadata: FileMetadata = {};
  let contentType: string | undefined;
  await readMultipart(exchange.parts(), boundary, {
    async begin(headers) {
      part++;
      if (part === 1 && !/^application\/json\b/i.test(headers.get('content-type') ?? ''))
        throw driveError(400, 'badContent', 'The first part must be JSON metadata.');
      if (part === 2) {
        metadata = fileMetadata(Buffer.concat(json).toString('utf8'), 'create');
        contentType = headers.get('content-type');
        await exchange.enter('create', { name: metadata.name ?? 'Untitled' });
        checkNewFile(state, metadata, token, true);
      }
    },
    async data(bytes) {
      if (part === 1) json.push(bytes);
      if (part !== 2) return;
      checkQuota(state, writer.received + bytes.length);
      await writer.write(bytes);
    },
  });
  if (part !== 2) throw driveError(400, 'badContent', `A multipart upload has two parts, not ${part}.`);
  return createFile(state, metadata, token, await writer.finish(), contentType);
}

function answerFile(state: GoogleState, exchange: Exchange, file: StoredFile, token: AccessToken): void {
  const fields = exchange.fields ?? defaultFileFields;
  exchange.answerJSON(200, applyFieldMask(fileResource(state, file, token), fields, fileSchema));
}
