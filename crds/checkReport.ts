import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { fit, fittingJSON } from './fittingJson.ts';

const probe = z.strictObject({
  name: z.string().describe('database, pg_dump, tables, google login, folder, write, room, clock, email, …'),
  ok: z.boolean(),
  message: z.string(),
  warning: z.literal(true).optional().describe('It works, but something is to be looked at.'),
  notChecked: z.literal(true).optional().describe('It was not tried: the message says because of what.'),
  reason: z.enum(failureReasons).optional(),
  hint: z.string().optional().describe('What to do.'),
});
export type Probe = z.infer<typeof probe>;

/** What a check Job tells in its termination message: one line for each probe. */
export const checkReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('CheckReport'),
  result: z.enum(['Passed', 'Failed']),
  probes: z.array(probe),
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type CheckReport = z.infer<typeof checkReport>;

/** The failure that a person looks at first, whose reason, message and hint are those of the whole check: the first in order. */
export function firstFailure({ probes }: Pick<CheckReport, 'probes'>): Probe | undefined {
  return probes.find(({ ok, notChecked }) => !ok && !notChecked);
}

/** Each step takes away more; the first form that fits is used. The first failure always stays. */
const steps: ((report: CheckReport) => CheckReport)[] = [
  // 1. Hints of the other failures (their reasons tell them), and long messages.
  (report) => shorter(report, { name: 200, message: 300, first: 800 }),
  // 2. Probes that neither failed nor warn.
  (report) => ({
    ...report,
    probes: report.probes.filter(({ ok, warning, notChecked }) => warning || !(ok || notChecked)),
  }),
  // 3. All but six others, and every text up to a bound that makes the whole fit.
  (report) => {
    const first = firstFailure(report);
    const others = report.probes.filter((each) => each !== first).slice(0, 6);
    const probes = first === undefined ? others : [first, ...others];
    return shorter({ ...report, probes }, { name: 100, message: 200, first: 500 });
  },
];

/** Texts up to so many bytes; `first` is for message and hint of the first failure. */
function shorter(report: CheckReport, most: { name: number; message: number; first: number }): CheckReport {
  const first = firstFailure(report);
  const probes = report.probes.map((each): Probe => {
    const { hint, ...others } = each;
    const name = fit(each.name, most.name);
    if (each !== first) return { ...others, name, message: fit(each.message, most.message) };
    const message = fit(each.message, most.first);
    return { ...others, name, message, ...(hint === undefined ? {} : { hint: fit(hint, most.first) }) };
  });
  return { ...report, probes };
}

/** The report as JSON of at most 4,096 bytes, shortened by the steps above where it must be. It always parses. */
export function checkReportJSON(report: CheckReport): string {
  return fittingJSON(report, steps);
}
