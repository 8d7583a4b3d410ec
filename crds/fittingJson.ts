/** Kubernetes keeps at most so many bytes of a termination message; a longer one is cut in the middle. */
export const reportLimit = 4096;

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** The longest start of a text whose JSON form has at most `limit` bytes, with an ellipsis where it was shortened. */
export function fit(text: string, limit: number): string {
  if (jsonBytes(text) <= limit) return text;
  const characters = [...text];
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (jsonBytes(`${characters.slice(0, middle).join('')}…`) <= limit) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}

/**
 * A report as JSON that fits into a termination message: whole where it can be, else with `shortened: true` and what
 * the steps take away, each more; the first form that fits is used. Never cut inside, so it always parses.
 */
export function fittingJSON<T extends { readonly shortened?: boolean | undefined }>(
  report: T,
  steps: readonly ((report: T) => T)[],
): string {
  const whole = JSON.stringify(report);
  if (Buffer.byteLength(whole) <= reportLimit) return whole;
  let current: T = { ...report, shortened: true };
  for (const step of steps) {
    current = step(current);
    const text = JSON.stringify(current);
    if (Buffer.byteLength(text) <= reportLimit) return text;
  }
  throw new RangeError('a report does not fit even when shortened');
}
