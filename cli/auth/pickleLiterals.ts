import type { PickleReader } from './pickleReader.ts';

// Python itself refuses decimal integers of more digits (sys.int_info.default_max_str_digits).
const maxIntegerDigits = 4300;

/**
 * The opcodes that push one value and touch nothing else, by their byte; protocols 0 to 5
 * (https://github.com/python/cpython/blob/main/Lib/pickletools.py). Integers are numbers, beyond 2^53
 * bigints; bytes are Uint8Arrays; the str of Python 2 is read as Latin-1.
 */
export const pickleLiterals: ReadonlyMap<number, (reader: PickleReader) => unknown> = new Map(
  Object.entries<(reader: PickleReader) => unknown>({
    N: () => null,
    '\x88': () => true,
    '\x89': () => false,
    I: (reader) => integerLine(reader, reader.line()),
    J: (reader) => reader.int32(),
    K: (reader) => reader.uint8(),
    M: (reader) => reader.uint16(),
    L: (reader) => decimal(reader, reader.line().replace(/L$/, '')),
    '\x8a': (reader) => littleEndian(reader, reader.uint8()),
    '\x8b': (reader) => littleEndian(reader, reader.int32()),
    F: (reader) => floatLine(reader, reader.line()),
    G: (reader) => reader.float64(),
    S: (reader) => quoted(reader, reader.line()),
    T: (reader) => reader.latin1(reader.int32()),
    U: (reader) => reader.latin1(reader.uint8()),
    V: (reader) => rawUnicode(reader.line()),
    X: (reader) => reader.utf8(reader.uint32()),
    '\x8c': (reader) => reader.utf8(reader.uint8()),
    '\x8d': (reader) => reader.utf8(reader.uint64()),
    B: (reader) => reader.bytes(reader.uint32()),
    C: (reader) => reader.bytes(reader.uint8()),
    '\x8e': (reader) => reader.bytes(reader.uint64()),
    '\x96': (reader) => reader.bytes(reader.uint64()),
    ')': () => [],
    ']': () => [],
    '}': () => new Map(),
    '\x8f': () => new Set(),
  }).map(([opcode, read]) => [opcode.charCodeAt(0), read]),
);

function integerLine(reader: PickleReader, line: string): unknown {
  if (line === '01') return true;
  if (line === '00') return false;
  return decimal(reader, line);
}

function decimal(reader: PickleReader, digits: string): number | bigint {
  if (!/^[+-]?\d+$/.test(digits) || digits.length > maxIntegerDigits) throw reader.error('no integer');
  return smallest(BigInt(digits.replace(/^\+/, '')));
}

/** Two's complement of `length` bytes, the lowest first. */
function littleEndian(reader: PickleReader, length: number): number | bigint {
  if (length > maxIntegerDigits) throw reader.error('an integer too large to be one');
  const bytes = reader.bytes(length);
  if (length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return smallest(BigInt.asIntN(length * 8, BigInt(`0x${hex}`)));
}

function smallest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function floatLine(reader: PickleReader, line: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) return Number(line);
  const special = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity, nan: NaN, '-nan': NaN }[line];
  if (special === undefined) throw reader.error('no floating-point number');
  return special;
}

/** A string literal of Python 2, as `repr` writes it. */
function quoted(reader: PickleReader, line: string): string {
  const body = /^(['"])(.*)\1$/s.exec(line)?.[2];
  if (body === undefined) throw reader.error('no quoted string');
  const named: Readonly<Record<string, string>> = {
    n: '\n',
    r: '\r',
    t: '\t',
    '\\': '\\',
    "'": "'",
    '"': '"',
  };
  return body.replace(/\\(x[0-9a-f]{2}|.)/gis, (_, code: string) => {
    const character =
      code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : named[code];
    if (character === undefined) throw reader.error('an unknown escape');
    return character;
  });
}

/** Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX. */
function rawUnicode(line: string): string {
  return line.replace(
    /\\u([\da-fA-F]{4})|\\U(00[01][\da-fA-F]{5})/g,
    (match, short?: string, long?: string) => {
      const point = Number.parseInt(short ?? long ?? '', 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : match;
    },
  );
}
