const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5
  μs: 1_000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const most = 1n << 63n;

/**
 * Nanoseconds of a duration such as 1h30m, as Go's time.ParseDuration reads it; undefined for what it refuses.
 * https://pkg.go.dev/time#ParseDuration
 */
export function goDuration(text: string): bigint | undefined {
  const [, sign, rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  let sum = 0n;
  const part = /([0-9]*)(?:\.([0-9]*))?([^.0-9]+)/sy;
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest);
    const [, whole = '', fraction = '', unitName = ''] = match ?? [];
    const unit = Object.hasOwn(units, unitName) ? units[unitName] : undefined;
    if (unit === undefined || whole + fraction === '') return undefined;
    const value = BigInt(whole || 0);
    if (value > most / unit) return undefined;
    sum += value * unit + fractionOf(fraction, unit);
    if (sum > most) return undefined;
  }
  if (sign === '-') return -sum;
  return sum === most ? undefined : sum;
}

// In floating point, as Go does: 0.1h must give the same nanosecond here and there.
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (most - 1n) / 10n) break;
    value = value * 10n + BigInt(digit);
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}
