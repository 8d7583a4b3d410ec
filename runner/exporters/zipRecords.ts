/** An entry of a zip archive, as far as it is known. */
export interface ZipEntry {
  readonly name: Buffer;
  readonly time: Date;
  checksum: number;
  size: number;
  compressedSize: number;
  /** Where the local header stands. */
  offset: number;
  /** Whether sizes and checksum follow the data instead of standing in front of it. */
  streamed: boolean;
  /** Whether the data is not compressed. */
  stored: boolean;
}

const none32 = 0xffffffff;
const none16 = 0xffff;
/** Bits 11 (names are UTF-8) and 3 (sizes follow in a data descriptor). */
const utf8Flag = 0x0800;
const descriptorFlag = 0x0008;
const deflate = 8;
/** The version of the specification that a reader needs: 2.0 for deflate, 4.5 for zip64. */
const version = 20;
const zip64Version = 45;
/** Made on Unix, where the upper half of the attributes is the mode: a file, rw-r--r--. */
const unixSystem = 3 << 8;
const fileMode = 0o100644 * 2 ** 16;

/** DOS date and time (in UTC, steps of two seconds, 1980 to 2107) as one number: time in the lower half. */
function dosTime(time: Date): number {
  const year = Math.min(Math.max(time.getUTCFullYear(), 1980), 2107) - 1980;
  const date = (year << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
}

/** The header in front of an entry's data (APPNOTE 4.3.7). */
export function localHeader(entry: ZipEntry): Buffer {
  const header = Buffer.alloc(30 + entry.name.length);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(utf8Flag | (entry.streamed ? descriptorFlag : 0), 6);
  header.writeUInt16LE(entry.stored ? 0 : deflate, 8);
  header.writeUInt32LE(dosTime(entry.time), 10);
  if (!entry.streamed) {
    header.writeUInt32LE(entry.checksum, 14);
    header.writeUInt32LE(entry.compressedSize, 18);
    header.writeUInt32LE(entry.size, 22);
  }
  header.writeUInt16LE(entry.name.length, 26);
  header.set(entry.name, 30);
  return header;
}

/** What follows the data of a streamed entry (4.3.9): sizes of eight bytes once one of them does not fit in four. */
export function dataDescriptor(entry: ZipEntry, zip64From = none32): Buffer {
  const large = entry.size >= zip64From || entry.compressedSize >= zip64From;
  const descriptor = Buffer.alloc(large ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(entry.checksum, 4);
  if (large) {
    descriptor.writeBigUInt64LE(BigInt(entry.compressedSize), 8);
    descriptor.writeBigUInt64LE(BigInt(entry.size), 16);
  } else {
    descriptor.writeUInt32LE(entry.compressedSize, 8);
    descriptor.writeUInt32LE(entry.size, 12);
  }
  return descriptor;
}

/** An entry of the central directory (4.3.12); numbers that do not fit go into the zip64 extra field (4.5.3). */
export function centralHeader(entry: ZipEntry, zip64From = none32): Buffer {
  const large = [entry.size, entry.compressedSize, entry.offset].filter((number) => number >= zip64From);
  const extra = large.length === 0 ? 0 : 4 + 8 * large.length;
  const fit = (number: number) => (number >= zip64From ? none32 : number);
  const header = Buffer.alloc(46 + entry.name.length + extra);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(unixSystem | zip64Version, 4);
  header.writeUInt16LE(extra === 0 ? version : zip64Version, 6);
  header.writeUInt16LE(utf8Flag | (entry.streamed ? descriptorFlag : 0), 8);
  header.writeUInt16LE(entry.stored ? 0 : deflate, 10);
  header.writeUInt32LE(dosTime(entry.time), 12);
  header.writeUInt32LE(entry.checksum, 16);
  header.writeUInt32LE(fit(entry.compressedSize), 20);
  header.writeUInt32LE(fit(entry.size), 24);
  header.writeUInt16LE(entry.name.length, 28);
  header.writeUInt16LE(extra, 30);
  header.writeUInt32LE(fileMode, 38);
  header.writeUInt32LE(fit(entry.offset), 42);
  header.set(entry.name, 46);
  if (extra > 0) {
    const at = 46 + entry.name.length;
    header.writeUInt16LE(1, at);
    header.writeUInt16LE(8 * large.length, at + 2);
    large.forEach((number, index) => {
      header.writeBigUInt64LE(BigInt(number), at + 4 + 8 * index);
    });
  }
  return header;
}

/** The end of the archive (4.3.14 to 4.3.16) for a central directory of `size` bytes at `offset`. */
export function endOfDirectory(entries: number, offset: number, size: number, zip64From = none32): Buffer {
  const large = entries >= Math.min(none16, zip64From) || offset >= zip64From || size >= zip64From;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(large ? none16 : entries, 8);
  end.writeUInt16LE(large ? none16 : entries, 10);
  end.writeUInt32LE(large ? none32 : size, 12);
  end.writeUInt32LE(large ? none32 : offset, 16);
  if (!large) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(unixSystem | zip64Version, 12);
  record.writeUInt16LE(zip64Version, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}
