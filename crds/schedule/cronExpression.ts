import { type CronField, CronProblem, cronField, cronFields } from './cronField.ts';
import { goDuration } from './goDuration.ts';

/** A schedule of five fields. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
}

/** What a cron expression says: a distance in seconds, or five fields. */
export type CronExpression = { readonly every: number } | CronFields;

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

// White space as Go's unicode.IsSpace has it; JavaScript's \s differs in U+0085 and U+FEFF.
const blank = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const blanks = new RegExp(`${blank}+`);
const aroundMacro = new RegExp(`^${blank}+@|^@.*${blank}$`, 's');

/**
 * Reads a schedule as the API server and the CronJob controller do, with robfig/cron v3's ParseStandard.
 * Throws CronProblem for what either refuses.
 */
export function cronExpression(text: string): CronExpression {
  if (text.includes('TZ')) throw new CronProblem('holds TZ: the time zone goes into spec.timeZone');
  // The controller would take blanks around a macro, but the API server does not.
  if (aroundMacro.test(text)) throw new CronProblem('has a blank before or after the macro: leave it out');
  if (text.startsWith('@every ')) return { every: everySeconds(text.slice('@every '.length)) };
  if (text.startsWith('@')) {
    const fields = Object.hasOwn(macros, text) ? macros[text] : undefined;
    if (fields === undefined) {
      throw new CronProblem(
        `holds the unknown macro ${text}; known are ${Object.keys(macros).join(', ')} and @every with a duration`,
      );
    }
    return fiveFields(fields.split(' '));
  }
  return fiveFields(text.split(blanks).filter((field) => field !== ''));
}

function fiveFields(fields: string[]): CronFields {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (fields.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    const names = cronFields.map(({ what }) => what).join(', ');
    throw new CronProblem(
      `has ${fields.length === 1 ? '1 field' : `${fields.length} fields`}; a CronJob takes five (${names}), such as 0 2 * * *`,
    );
  }
  return {
    minute: cronField(minute, cronFields[0]),
    hour: cronField(hour, cronFields[1]),
    dayOfMonth: cronField(dayOfMonth, cronFields[2]),
    month: cronField(month, cronFields[3]),
    dayOfWeek: cronField(dayOfWeek, cronFields[4]),
  };
}

// Whole seconds, at least one, as robfig/cron's Every.
function everySeconds(text: string): number {
  const nanoseconds = goDuration(text);
  if (nanoseconds === undefined) {
    throw new CronProblem(
      `has ${text.trim() || 'nothing'} after @every; write hours, minutes and seconds such as 6h or 1h30m (a day is 24h)`,
    );
  }
  return nanoseconds < 1_000_000_000n ? 1 : Number(nanoseconds / 1_000_000_000n);
}
