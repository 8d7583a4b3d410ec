/** The values that a field of a cron expression takes, and whether it was a star. */
export interface CronField {
  /** Indexed by value: 1 where the schedule may fire. */
  readonly takes: Uint8Array;
  /** A star (or ?) with no step above 1: it decides how day of month and day of week go together. */
  readonly star: boolean;
}

/** What a field may hold. */
export interface FieldBounds {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, the first for `min`. */
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The five fields in their order. */
export const cronFields = [
  { what: 'minute', min: 0, max: 59 },
  { what: 'hour', min: 0, max: 23 },
  { what: 'day of month', min: 1, max: 31 },
  { what: 'month', min: 1, max: 12, names: months },
  { what: 'day of week', min: 0, max: 6, names: weekdays },
] as const satisfies FieldBounds[];

/** Thrown for a field that robfig/cron refuses; the message follows the name of the spec's field. */
export class CronProblem extends Error {}

/**
 * A field as robfig/cron v3 reads it (getField in its parser.go), odd corners included: empty parts between
 * commas count for nothing, a range after a star is not looked at, numbers may carry a plus.
 */
export function cronField(text: string, bounds: FieldBounds): CronField {
  const takes = new Uint8Array(bounds.max + 1);
  let star = false;
  for (const part of text.split(',').filter((part) => part !== '')) {
    const range = cronRange(part, bounds);
    // A step may be far larger than the field.
    for (let value = range.start; value <= range.end; value += range.step) takes[value] = 1;
    star ||= range.star;
  }
  return { takes, star };
}

function cronRange(part: string, bounds: FieldBounds) {
  const { what, min, max } = bounds;
  const [range = '', ...steps] = part.split('/');
  const [low = '', ...highs] = range.split('-');
  const any = low === '*' || low === '?';
  if (!any && highs.length > 1) fail(part, bounds, 'a range has one hyphen');
  const start = any ? min : value(low, part, bounds);
  const high = any ? max : highs[0] === undefined ? start : value(highs[0], part, bounds);
  if (steps.length > 1) fail(part, bounds, 'a step has one slash');
  const step = steps[0] === undefined ? 1 : number(steps[0]);
  if (step === undefined) fail(part, bounds, `a step is a number, such as ${any ? '*' : low}/5`);
  // N/step means N-max/step.
  const end = steps.length === 1 && highs.length === 0 ? max : high;
  if (start < min) fail(part, bounds, `the smallest ${what} is ${min}`);
  if (end > max) fail(part, bounds, largest(bounds));
  if (start > end) {
    const [first, last] = ends(low, bounds);
    fail(
      part,
      bounds,
      `the range runs backwards; write ${highs[0]}-${low}, or ${low}-${last},${first}-${highs[0]}`,
    );
  }
  if (step === 0) fail(part, bounds, 'a step is 1 or more');
  return { start, end, step, star: any && step <= 1 };
}

/** The smallest and the largest value, named if `like` is a name. */
function ends(like: string, { min, max, names }: FieldBounds): [string, string] {
  if (names === undefined || /[0-9]/.test(like)) return [String(min), String(max)];
  return [names[0]?.toUpperCase() ?? '', names.at(-1)?.toUpperCase() ?? ''];
}

function value(text: string, part: string, bounds: FieldBounds): number {
  const named = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + bounds.min;
  return number(text) ?? fail(part, bounds, advice(text, bounds));
}

// As Go's strconv.Atoi, less the minus sign: a hyphen has already split the text.
function number(text: string): number | undefined {
  if (!/^\+?[0-9]+$/.test(text)) return undefined;
  return BigInt(text.replace('+', '')) < 1n << 63n ? Number(text) : undefined;
}

function largest({ what, max }: FieldBounds): string {
  return what === 'day of week' ? 'the largest is 6, Saturday; Sunday is 0' : `the largest ${what} is ${max}`;
}

function advice(text: string, bounds: FieldBounds): string {
  const { min, max, names } = bounds;
  const numbers = `${min} to ${max}`;
  if (text === '') return `write a number, ${numbers}, or *`;
  if (/^[0-9]*[LW]$|#/i.test(text)) return `a CronJob knows no L, W or #; write numbers, ${numbers}`;
  return names === undefined
    ? `write a number, ${numbers}, or *`
    : `write a number, ${numbers}, or a name, ${ends('', bounds).join(' to ')}`;
}

function fail(part: string, { what }: FieldBounds, why: string): never {
  throw new CronProblem(`has ${part} as the ${what}: ${why}`);
}
