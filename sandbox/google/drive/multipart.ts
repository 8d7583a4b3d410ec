import { driveError } from '../driveError.ts';

/** One part as it arrives: its header lines once, then its bytes. */
export interface PartReceiver {
  begin(headers: ReadonlyMap<string, string>): void | Promise<void>;
  data(bytes: Buffer): void | Promise<void>;
}

/**
 * Reads a multipart/related body (RFC 2387) part by part without holding it: at most a boundary's length waits.
 * Refuses a body that does not end with its closing boundary.
 */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  boundary: string,
  receiver: PartReceiver,
): Promise<void> {
  // A boundary belongs to the line break before it; the first one has none, so one is put there.
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let buffer: Buffer = Buffer.from('\r\n');
  let state: 'preamble' | 'headers' | 'data' | 'end' = 'preamble';
  for await (const bytes of body) {
    buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes]);
    for (let moved = true; moved && state !== 'end'; ) {
      moved = false;
      if (state === 'headers') {
        const end = buffer.indexOf('\r\n\r\n');
        if (end < 0) {
          if (buffer.length > 16_384) throw malformed();
          break;
        }
        await receiver.begin(parseHeaders(buffer.toString('utf8', 0, end)));
        // The line break before the body may also be the one before the next boundary.
        buffer = buffer.subarray(end + 2);
        if (!buffer.subarray(0, delimiter.length).equals(delimiter)) buffer = buffer.subarray(2);
        state = 'data';
        moved = true;
        continue;
      }
      const at = buffer.indexOf(delimiter);
      // Two more bytes tell whether it was the last boundary.
      const known = at >= 0 && buffer.length >= at + delimiter.length + 2;
      const until = at >= 0 ? at : Math.max(0, buffer.length - delimiter.length);
      if (until > 0) {
        if (state === 'data') await receiver.data(buffer.subarray(0, until));
        buffer = buffer.subarray(until);
      }
      if (!known) break;
      const after = buffer.toString('latin1', delimiter.length, delimiter.length + 2);
      if (after !== '--' && after !== '\r\n') throw malformed();
      buffer = buffer.subarray(delimiter.length + (after === '--' ? 2 : 0));
      // What stays begins with the line break before the headers.
      if (after === '\r\n') buffer = buffer.subarray(2);
      state = after === '--' ? 'end' : 'headers';
      moved = true;
    }
  }
  if (state !== 'end') throw malformed();
}

/** The boundary of a multipart content type. */
export function multipartBoundary(contentType: string | undefined): string {
  const found = /^multipart\/related\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '');
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw driveError(400, 'badContent', 'Missing multipart boundary.');
  return boundary;
}

function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function malformed() {
  return driveError(400, 'badContent', 'Malformed multipart body.');
}
