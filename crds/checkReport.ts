import { z } from 'zod';
import { failureReasons } from './failureReason.ts';

const probe = z.strictObject({
  name: z.string().describe('database, pg_dump, tables, google login, folder, write, room, clock, email, …'),
  ok: z.boolean(),
  message: z.string(),
  warning: z.literal(true).optional().describe('It works, but something is to be looked at.'),
  notChecked: z.literal(true).optional().describe('It was not tried: the message says because of what.'),
  reason: z.enum(failureReasons).optional(),
  hint: z.string().optional().describe('What to do.'),
});

/** What a check Job tells in its termination message: one line for each probe. */
export const checkReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('CheckReport'),
  result: z.enum(['Passed', 'Failed']),
  probes: z.array(probe),
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type CheckReport = z.infer<typeof checkReport>;
