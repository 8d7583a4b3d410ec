import fc from 'fast-check';

const awkward = [
  '"',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\\',
  '\\.',
  "'",
  '\u0001',
  '\u001f',
  '\u007f',
  '\ufffe',
  '😀',
  'é',
  '漢',
  '_x0041_',
  '<&>',
  ' ',
  '{',
  '(',
  ';',
  '',
];
/** For tests: text with all that CSV, JSON and XML treat specially. No NUL: PostgreSQL has none. */
export const anyText = fc
  .oneof(
    fc.constantFrom('', '\\.', ' ', '""', 'null', 'NULL'),
    fc
      .array(fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 5 })), {
        maxLength: 8,
      })
      .map((parts) => parts.join('')),
  )
  .map((text) => text.replaceAll('\u0000', ''));

const sign = fc.constantFrom('', '-');
const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength });
const numeric = fc.oneof(
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '0', '1.10', '-0.000', '100000000000000000000'),
  fc.tuple(sign, digits(25), digits(25)).map(([minus, whole, rest]) => `${minus}${whole}.${rest}`),
  fc.tuple(sign, digits(14)).map(([minus, whole]) => `${minus}${whole}`),
);
const float = fc.oneof(
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '0.1', '1e300', '5e-320'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const two = (value: number) => String(value).padStart(2, '0');
const day = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1800, max: 2100 }),
      fc.integer({ min: 10000, max: 200000 }),
    ),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
    fc.constantFrom('', '', '', ' BC'),
  )
  .map(([year, month, date, era]) => ({
    date: `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`,
    era: year > 4000 ? '' : era,
  }));
const clock = fc
  .tuple(
    fc.integer({ min: 0, max: 23 }),
    fc.integer({ min: 0, max: 59 }),
    fc.integer({ min: 0, max: 59 }),
    fc.constantFrom('', '.5', '.123', '.123456', '.999999'),
  )
  .map(([hour, minute, second, fraction]) => `${two(hour)}:${two(minute)}:${two(second)}${fraction}`);
const zone = fc.constantFrom('+00', '+05:45', '-03:30', '+14', '-12', '+05:41:16');
const date = fc.oneof(
  fc.constantFrom('infinity', '-infinity', '1900-02-28', '1900-03-01', '9999-12-31'),
  day.map((it) => it.date + it.era),
);
const timestamp = fc.oneof(
  fc.constantFrom('infinity', '-infinity', '9999-12-31 23:59:59.999999'),
  fc.tuple(day, clock).map(([it, time]) => `${it.date} ${time}${it.era}`),
);
const timestamptz = fc.oneof(
  fc.constantFrom('infinity', '-infinity'),
  fc.tuple(day, clock, zone).map(([it, time, offset]) => `${it.date} ${time}${offset}${it.era}`),
);
const time = fc.oneof(fc.constant('24:00:00'), clock);
const json = fc.oneof(
  fc.constantFrom('null', '{"a":\n 1.10,\r\n "a":2}', '"\\u0041"', ' [ ] '),
  fc.json().filter((text) => !text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text)),
);
const bytea = fc.uint8Array({ maxLength: 20 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`);
const quotedItem = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const arrayOf = (values: fc.Arbitrary<string>) =>
  fc
    .array(fc.option(values), { maxLength: 4 })
    .map((items) => `{${items.map((item) => (item === null ? 'NULL' : quotedItem(item))).join(',')}}`);
const composite = fc
  .tuple(fc.option(fc.integer()), fc.option(anyText))
  .map(([number, text]) => `(${number ?? ''},${text === null ? '' : quotedItem(text)})`);
const int = (bits: number) =>
  fc
    .oneof(
      fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }),
      fc.constantFrom(0n, -(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n),
    )
    .map(String);

/** For tests: the types that `typedColumns` uses and that a database has to have. */
export const createTypes = `
CREATE TYPE mood AS ENUM ('happy', 'so, "so"', '');
CREATE TYPE pair AS (number int, text text);
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE DOMAIN label AS text CHECK (VALUE <> 'forbidden');
CREATE DOMAIN labels AS text[];
CREATE DOMAIN count AS int4 CHECK (VALUE >= 0);
CREATE DOMAIN "sub count" AS count;`;

/** For tests: a column of each base type, with values as SQL text. */
export const typedColumns: readonly [type: string, values: fc.Arbitrary<string>][] = [
  ['boolean', fc.constantFrom('true', 'false')],
  ['int2', int(16)],
  ['int4', int(32)],
  ['int8', int(64)],
  ['oid', fc.nat().map(String)],
  ['numeric', numeric],
  ['numeric(20,4)', fc.integer().map((number) => `${number}.5`)],
  [
    'float4',
    fc.oneof(
      fc.constantFrom('NaN', 'Infinity', '0.1'),
      fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
    ),
  ],
  ['float8', float],
  ['money', fc.integer().map(String)],
  ['text', anyText],
  ['varchar(40)', anyText.map((text) => [...text].slice(0, 40).join(''))],
  ['char(8)', fc.constantFrom('a', 'a,b', '', 'é')],
  ['"char"', fc.constantFrom('a', '"', ',', '\\')],
  ['name', fc.constantFrom('plain', 'a "b"', '')],
  ['bytea', bytea],
  ['uuid', fc.uuid()],
  ['date', date],
  ['time', time],
  ['timetz', fc.tuple(time, zone).map((parts) => parts.join(''))],
  ['timestamp', timestamp],
  ['timestamptz', timestamptz],
  ['timestamp(0)', timestamp.filter((text) => !text.startsWith('9999'))],
  ['interval', fc.constantFrom('1 year 2 mons -3 days 04:05:06.7', '00:00:00', '-1 day', '1000000 hours')],
  ['json', json],
  ['jsonb', json],
  ['inet', fc.constantFrom('192.168.0.1/24', '::1')],
  ['cidr', fc.constant('10.0.0.0/8')],
  ['macaddr', fc.constant('08:00:2b:01:02:03')],
  ['point', fc.constant('(1.5,-2)')],
  ['polygon', fc.constant('((0,0),(1,1),(2,0))')],
  ['bit(3)', fc.constant('101')],
  ['varbit', fc.constantFrom('', '1')],
  ['tsvector', fc.constant("'fat':2 'rat''s':3")],
  ['tsquery', fc.constant('fat & rat')],
  ['int4range', fc.constantFrom('[1,5)', 'empty', '(,)')],
  ['tstzrange', fc.constant('["2024-01-01 00:00:00+00","2024-02-01 00:00:00+00")')],
  ['int8multirange', fc.constantFrom('{}', '{[1,3),[5,9)}')],
  ['floats', fc.constant('[1.5,2.5)')],
  ['jsonpath', fc.constant('$."a"[*]')],
  ['pg_lsn', fc.constant('16/B374D848')],
  ['regclass', fc.constant('pg_class')],
  ['int2vector', fc.constantFrom('1 2 3', '')],
  ['oidvector', fc.constant('1 2')],
  ['mood', fc.constantFrom('happy', 'so, "so"', '')],
  ['pair', composite],
  ['label', anyText],
  ['labels', arrayOf(anyText)],
  ['"sub count"', fc.nat().map(String)],
  ['int4[]', arrayOf(int(32))],
  ['numeric[]', arrayOf(numeric)],
  ['text[]', arrayOf(anyText)],
  ['timestamptz[]', arrayOf(timestamptz)],
  ['jsonb[]', arrayOf(json)],
  ['pair[]', arrayOf(composite)],
  ['int4[][]', fc.constantFrom('{{1,2},{3,4}}', '[0:1]={7,8}')],
];
