import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { ByteReader } from './byteReader.ts';
import { ContentError } from './tableRows.ts';

export interface ZipEntryContent {
  readonly name: string;
  /** Must be read to its end before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfDirectory = 0x06054b50;
const dataDescriptor = 0x08074b50;
const store = 0;
const deflate = 8;
// Small, since deflate may grow by a factor of a thousand.
const pieceBytes = 16 * 1024;

/**
 * Reads a zip archive of deflated and stored entries in one pass, as our exporters write it (APPNOTE.TXT 4.3), and checks the
 * size and CRC-32 of each entry and that the directory has as many. Throws ContentError.
 */
export async function* zipEntries(archive: AsyncIterable<Uint8Array>): AsyncGenerator<ZipEntryContent> {
  const reader = new ByteReader(archive);
  let entries = 0;
  for (;;) {
    const signature = (await reader.take(4)).readUInt32LE();
    if (signature !== localHeader) {
      if (signature !== centralHeader && signature !== endOfDirectory)
        throw new ContentError('it is no zip archive');
      await readDirectory(reader, signature, entries);
      return;
    }
    entries++;
    const head = await reader.take(26);
    const name = (await reader.take(head.readUInt16LE(22))).toString('utf8');
    await reader.take(head.readUInt16LE(24));
    const method = head.readUInt16LE(4);
    const told = { checksum: head.readUInt32LE(10), size: head.readUInt32LE(18) };
    const streamed = (head.readUInt16LE(2) & 0x0008) !== 0;
    // The end of what is stored shows in its size alone.
    if (method !== deflate && (method !== store || streamed)) {
      throw new ContentError(`entry ${entries} is neither deflated nor stored with its size in front`);
    }
    const found: Found = { checksum: 0, size: 0, done: false };
    yield { name, content: method === store ? stored(reader, told.size, found) : inflated(reader, found) };
    if (!found.done) throw new Error('an entry of a zip archive was not read to its end');
    const expected = streamed ? await descriptor(reader, found.size) : told;
    if (expected.checksum !== found.checksum || expected.size !== found.size) {
      throw new ContentError(`entry ${entries} of the archive has another size or checksum than it tells`);
    }
  }
}

/** What an entry turned out to be. */
interface Found {
  checksum: number;
  size: number;
  done: boolean;
}

async function* stored(reader: ByteReader, size: number, found: Found): AsyncGenerator<Uint8Array> {
  while (found.size < size) {
    const part = await reader.some(Math.min(pieceBytes, size - found.size));
    if (part === undefined) throw new ContentError('the archive ends in the middle of an entry');
    found.checksum = crc32(part, found.checksum);
    found.size += part.length;
    yield part;
  }
  found.done = true;
}

async function* inflated(reader: ByteReader, found: Found): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  let parts: Buffer[] = [];
  let ended = false;
  inflate
    .on('data', (part: Buffer) => parts.push(part))
    .once('end', () => {
      ended = true;
    });
  try {
    for (let fed = 0; !ended; ) {
      const piece = await reader.some(pieceBytes);
      if (piece === undefined) throw new ContentError('the archive ends in the middle of an entry');
      await written(inflate, piece);
      for (const part of parts) {
        found.checksum = crc32(part, found.checksum);
        found.size += part.length;
        yield part;
      }
      parts = [];
      fed += piece.length;
      // What zlib did not use belongs to what follows the entry.
      if (ended) reader.giveBack(piece.subarray(piece.length - (fed - inflate.bytesWritten)));
    }
    found.done = true;
  } finally {
    inflate.destroy();
  }
}

/** Resolves when the piece is inflated, and the end of the stream, if it was in it, has shown. */
function written(inflate: InflateRaw, piece: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause: unknown) =>
    reject(new ContentError('an entry of the archive cannot be decompressed', { cause }));
  inflate.once('error', fail);
  inflate.write(piece, () => setImmediate(resolve));
  return promise.finally(() => inflate.off('error', fail));
}

async function descriptor(reader: ByteReader, size: number) {
  const first = await reader.take(8);
  if (first.readUInt32LE() !== dataDescriptor) throw new ContentError('the archive lacks a data descriptor');
  const large = size >= 0xffffffff;
  const sizes = await reader.take(large ? 16 : 8);
  return {
    checksum: first.readUInt32LE(4),
    size: large ? Number(sizes.readBigUInt64LE(8)) : sizes.readUInt32LE(4),
  };
}

/** The central directory: as many headers as there were entries, and nothing cut off. */
async function readDirectory(reader: ByteReader, first: number, entries: number): Promise<void> {
  let headers = 0;
  for (
    let signature = first;
    signature === centralHeader;
    signature = (await reader.take(4)).readUInt32LE()
  ) {
    headers++;
    const head = await reader.take(42);
    await reader.take(head.readUInt16LE(24) + head.readUInt16LE(26) + head.readUInt16LE(28));
  }
  if (headers !== entries) {
    throw new ContentError(`the directory of the archive has ${headers} entries instead of ${entries}`);
  }
  while ((await reader.some(pieceBytes)) !== undefined);
}
