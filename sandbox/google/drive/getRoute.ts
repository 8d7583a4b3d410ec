import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { driveError } from '../driveError.ts';
import type { Exchange, HandlerFaults } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { ConnectionGone } from '../httpError.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { applyFieldMask } from './fieldMask.ts';
import { defaultFileFields, fileSchema } from './fieldSchemas.ts';
import { fileResource } from './fileResource.ts';
import { checkParameters } from './parameters.ts';
import type { StoredFile } from './storedFile.ts';

const parameters = [
  'acknowledgeAbuse',
  'includeLabels',
  'includePermissionsForView',
  'supportsAllDrives',
  'supportsTeamDrives',
];
const scopes = ['drive', 'drive.file', 'drive.readonly'];

/** GET /drive/v3/files/ID: metadata, or with `alt=media` the content. */
export async function getRoute(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  checkParameters(exchange, parameters);
  const media = exchange.query.get('alt') === 'media';
  const token = authenticate(
    state,
    exchange,
    'DriveFiles.Get',
    media ? scopes : [...scopes, 'drive.metadata', 'drive.metadata.readonly'],
  );
  const name = state.drive.files.get(id)?.name;
  const faults = await exchange.enter(media ? 'download' : 'get', name === undefined ? {} : { name });
  const file = state.drive.find(id, token);
  if (media) return sendContent(exchange, file, faults);
  const fields = exchange.fields ?? defaultFileFields;
  exchange.answerJSON(200, applyFieldMask(fileResource(state, file, token), fields, fileSchema));
}

/** Sends a file's content, or the range that was asked for. */
export async function sendContent(
  exchange: Exchange,
  file: StoredFile,
  faults?: HandlerFaults,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { content } = file;
  if (!content) {
    const message = 'Only files with binary content can be downloaded. Use Export with Docs Editors files.';
    throw driveError(403, 'fileNotDownloadable', message, { location: 'alt', locationType: 'parameter' });
  }
  const range = byteRange(exchange.header('range'), content.size);
  const { first, last } = range ?? { first: 0, last: content.size - 1 };
  const { response } = exchange;
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'Content-Type': file.mimeType,
    'Content-Length': String(last - first + 1),
    'Accept-Ranges': 'bytes',
    ...(range && { 'Content-Range': `bytes ${first}-${last}/${content.size}` }),
  });
  if (last < first || exchange.request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(
      createReadStream(content.path, { start: first, end: last }),
      (parts) => paced(exchange, parts, faults),
      response,
    );
  } catch (cause) {
    throw new ConnectionGone('The download was broken off.', { cause });
  }
}

async function* paced(exchange: Exchange, parts: AsyncIterable<Buffer>, faults: HandlerFaults | undefined) {
  let sent = 0;
  for await (const part of parts) {
    const left = (faults?.dropAfter ?? Number.POSITIVE_INFINITY) - sent;
    if (left < part.length) {
      await new Promise((resolve) => exchange.response.write(part.subarray(0, left), resolve));
      exchange.drop();
    }
    if (faults?.bytesPerSecond !== undefined) await exchange.pace(part.length, faults.bytesPerSecond);
    yield part;
    sent += part.length;
  }
}

function byteRange(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const suffix = found[1] === '';
  const first = suffix ? Math.max(0, size - Number(found[2])) : Number(found[1]);
  const last = suffix || found[2] === '' ? size - 1 : Math.min(size - 1, Number(found[2]));
  if (first >= size || last < first) {
    throw driveError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
      location: 'Range',
      locationType: 'header',
      headers: { 'Content-Range': `bytes */${size}` },
    });
  }
  return { first, last };
}
