import { z } from 'zod';
import { cronProblem, neverFires } from './cronSchedule.ts';
import { cronFields, type FieldBounds } from './schedule/cronField.ts';
import { timeZoneProblem } from './schedule/zone.ts';
import { celRules, celString } from './specTypes.ts';

/** A check whose sentence depends on the value. */
function problem(find: (value: string) => string | undefined) {
  return (context: z.core.ParsePayload<string>) => {
    const message = find(context.value);
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
  };
}

const fiveFields = String.raw`^\s*\S+(\s+\S+){4}\s*$`;
const macros = '^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$';
const duration = String.raw`[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)`;

const values = {
  minute: { numbers: '[0-5]?[0-9]', advice: '0 to 59' },
  hour: { numbers: '1?[0-9]|2[0-3]', advice: '0 to 23' },
  'day of month': { numbers: '[1-9]|[12][0-9]|3[01]', advice: '1 to 31' },
  month: { numbers: '[1-9]|1[0-2]', advice: '1 to 12, or JAN to DEC' },
  'day of week': { numbers: '[0-6]', advice: '0 to 6, or SUN to SAT; Sunday is 0, not 7' },
};

/** The field at a place, as far as a regular expression can read it: it takes all that robfig/cron takes. */
function fieldRule({ what, names }: (typeof cronFields)[number] & FieldBounds, index: number) {
  const { numbers, advice } = values[what];
  const value = `(\\+?0*(${numbers})${names ? `|(?i:${names.join('|')})` : ''})`;
  const range = `([*?](-[^,/\\s]*)?|${value}(-${value})?)(/\\+?0*[1-9][0-9]*)?`;
  const form = `^\\s*(\\S+\\s+){${index}}(,|${range}(,|\\s|$))+(\\s*\\S+){${4 - index}}\\s*$`;
  return {
    rule: `self.startsWith('@') || !self.matches(${celString(fiveFields)}) || self.matches(${celString(form)})`,
    message: `the ${what} (field ${index + 1} of 5) is *, or ${advice}; also lists (1,3), ranges (1-5) and steps (*/2), but no L, W or #`,
  };
}

/**
 * spec.schedule. What robfig/cron refuses is refused with its sentence by zod, and by the API server as far
 * as CEL can tell; the rest becomes the condition Ready.
 */
export const scheduleText = z
  .string()
  .max(128)
  .check(problem((value) => cronProblem(value) ?? neverFires(value)))
  .meta(
    celRules(
      { rule: "!self.contains('TZ')", message: 'holds TZ: the time zone goes into spec.timeZone' },
      {
        rule: `self.contains('TZ') || self.matches(${celString(macros)}) || self.startsWith('@every ') || self.matches(${celString(fiveFields)})`,
        message:
          'write five fields (minute, hour, day of month, month, day of week) such as "0 2 * * *", or one of @yearly, @monthly, @weekly, @daily, @hourly and @every 6h',
      },
      {
        rule: `!self.startsWith('@every ') || self.matches(${celString(`^@every ${duration}$`)})`,
        message: 'after @every write hours, minutes and seconds such as 6h or 1h30m (a day is 24h)',
      },
      ...cronFields.map((field, index) => fieldRule(field, index)),
      {
        rule: "self.contains('*-') || self.findAll('[0-9]{1,4}-[0-9]{1,4}').all(range, int(range.split('-')[0]) <= int(range.split('-')[1]))",
        message: 'a range runs forwards; instead of 22-4 write 22-23,0-4',
      },
    ),
  );

/** spec.timeZone. CEL has no function for it, but one that fails for an unknown zone, and says so. */
export const timeZoneName = z
  .string()
  .max(64)
  .check(problem(timeZoneProblem))
  .meta(
    celRules(
      {
        rule: `self.matches(${celString('^[A-Za-z]')}) && self != 'Local'`,
        message: 'is no IANA time zone; write one such as Europe/Berlin or UTC',
      },
      {
        rule: "timestamp('2026-01-01T00:00:00Z').getFullYear(self) > 0",
        message: 'write an IANA time zone with its capital letters, such as Europe/Berlin or UTC',
      },
    ),
  );
