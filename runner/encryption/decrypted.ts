import { ContentError } from '../content/tableRows.ts';
import { releaseWhole } from '../exporters/releaseMemory.ts';
import { ChunkOpener, clearBytes, nonceBytes, payloadKey, tagBytes } from './ageChunks.ts';
import type { Identities } from './identities.ts';

/** Chunks that are given together: each part costs its reader a call. */
const chunksAtOnce = 4;
const largestHeader = 256 * 1024;
const firstLine = 'age-encryption.org/v1\n';

/**
 * The content of a file of age, to its end; each part has been authenticated before it is given. Nobody may use the parts of
 * `content` any more. Throws IdentityMismatch, and ContentError where a byte differs, is missing or too much.
 */
export async function* decrypted(
  name: string,
  content: AsyncIterable<Uint8Array>,
  identities: Identities,
): AsyncGenerator<Uint8Array> {
  const source = content[Symbol.asyncIterator]();
  try {
    const { header, nonce, rest } = await readStart(source);
    const opener = new ChunkOpener(payloadKey(await identities.fileKey(name, header), nonce));
    const held = Buffer.allocUnsafeSlow(clearBytes + tagBytes);
    let heldLength = 0;
    let isFirst = true;
    let open = Buffer.allocUnsafeSlow(chunksAtOnce * clearBytes);
    let openLength = 0;
    const openNext = (last: boolean) => {
      const end = opener.open(held.subarray(0, heldLength), last, open, openLength);
      if (end === openLength && !isFirst) throw new ContentError('its last encrypted part is empty');
      isFirst = false;
      heldLength = 0;
      openLength = end;
    };
    for (let part: Uint8Array | undefined = rest; part !== undefined; part = await next(source)) {
      for (let at = 0; at < part.length; ) {
        // Only when more follows: the last chunk is opened as such, and may be full.
        if (heldLength === held.length) openNext(false);
        if (openLength === open.length) {
          yield open;
          open = Buffer.allocUnsafeSlow(chunksAtOnce * clearBytes);
          openLength = 0;
        }
        const end = Math.min(part.length, at + held.length - heldLength);
        held.set(part.subarray(at, end), heldLength);
        heldLength += end - at;
        at = end;
      }
      releaseWhole(part);
    }
    openNext(true);
    if (openLength > 0) yield open.subarray(0, openLength);
  } finally {
    await source.return?.();
  }
}

async function next(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await source.next();
  return done ? undefined : value;
}

async function readStart(source: AsyncIterator<Uint8Array>) {
  let head = Buffer.alloc(0);
  for (;;) {
    const part = await next(source);
    if (part === undefined) throw new ContentError('it ends before its encrypted content');
    head = Buffer.concat([head, part]);
    const known = Math.min(head.length, firstLine.length);
    if (head.toString('latin1', 0, known) !== firstLine.slice(0, known)) {
      throw new ContentError('it is no file of age');
    }
    const end = headerEnd(head);
    if (end === undefined && head.length > largestHeader) throw new ContentError('its header has no end');
    if (end === undefined || head.length < end + nonceBytes) continue;
    return {
      header: head.subarray(0, end),
      nonce: head.subarray(end, end + nonceBytes),
      rest: head.subarray(end + nonceBytes),
    };
  }
}

/** Where the line begins that follows the header: its last one is `---` and a MAC. */
function headerEnd(head: Buffer): number | undefined {
  const mac = head.indexOf('\n--- ');
  const end = mac < 0 ? -1 : head.indexOf('\n', mac + 1);
  return end < 0 ? undefined : end + 1;
}
