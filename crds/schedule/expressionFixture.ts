import fc from 'fast-check';

const field = (low: number, high: number, names: string[]) => {
  const number = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: low, max: high }).map(String) },
    { weight: 1, arbitrary: fc.integer({ min: low, max: high }).map((value) => `0${value}`) },
    ...(names.length > 0 ? [{ weight: 2, arbitrary: fc.constantFrom(...names) }] : []),
  );
  const pair = fc
    .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: high }).map((by) => `/${by}`);
  const range = fc
    .tuple(fc.oneof(fc.constantFrom('*', '?'), number, pair), fc.option(step, { nil: '' }))
    .map((parts) => parts.join(''));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: number },
    { weight: 3, arbitrary: fc.array(range, { minLength: 1, maxLength: 3 }).map((list) => list.join(',')) },
  );
};
const fields = [
  field(0, 59, []),
  field(0, 23, []),
  field(1, 31, []),
  field(1, 12, ['JAN', 'feb', 'Mar', 'dec']),
  field(0, 6, ['SUN', 'mon', 'Sat']),
];
/** Expressions that a CronJob takes. */
export const expressions = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(...fields).map((all) => all.join(' ')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('@yearly', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(50), fc.nat(59), fc.nat(99)).map(([h, m, s]) => `@every ${h}h${m}m${s}.5s`),
  },
);

// Pieces of expressions put together with little sense.
const piece = fc.oneof(
  fc.constantFrom(
    ...'0 1 5 7 12 13 24 31 32 60 05 +5 -1 99999999999999999999 x JAN sun MONDAY L W # * ? ** "" /'.split(
      ' ',
    ),
  ),
  fc.constantFrom(
    '-',
    '/',
    ',',
    ' ',
    ' ',
    '  ',
    '\t',
    '*-5',
    '1-5',
    '5-1',
    '*/0',
    '*/+2',
    '1/2/3',
    '1-2-3',
    '@',
  ),
);
/** Expressions of which a CronJob takes few. */
export const nonsense = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')),
  fc
    .tuple(
      ...fields.map((good) =>
        fc.oneof(
          { weight: 6, arbitrary: good },
          {
            weight: 1,
            arbitrary: fc.array(piece, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
          },
        ),
      ),
    )
    .map((all) => all.join(' ')),
  fc.constantFrom('@Daily', '@reboot', '@daily x', '@every', '@every  1h'),
  fc
    .array(
      fc.constantFrom(
        '1',
        '0',
        '.',
        '-',
        '+',
        'h',
        'm',
        's',
        'ms',
        'us',
        'µs',
        'μs',
        'ns',
        'd',
        '5',
        '9223372036854775807',
        '2562047h',
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((pieces) => `@every ${pieces.join('')}`),
);
