import { z } from 'zod';
import { ruled } from './specTypes.ts';

const count = (maximum: number) => z.int().min(1).max(maximum);

/** spec.retention: which sets stay. */
export const retentionSpec = ruled(
  z.strictObject({
    maxAgeDays: count(36500).optional().describe('Sets older than this many days are removed.'),
    maxCount: count(10000).optional().describe('Sets beyond this number are removed, the oldest first.'),
    minKeep: count(10000).default(3).describe('So many good sets always stay, whatever else is said.'),
    keepDaily: count(3660).optional().describe('Protects the newest set of each of so many days.'),
    keepWeekly: count(520).optional().describe('Protects the newest set of each of so many ISO weeks.'),
    keepMonthly: count(1200).optional().describe('Protects the newest set of each of so many months.'),
    mode: z
      .enum(['Trash', 'Delete'])
      .default('Trash')
      .describe('Trash moves to the bin, which still uses the quota of the Drive; Delete is for ever.'),
    shrinkGuard: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'If rows or bytes fall below this part of the median of the good sets, or a table lost all its rows, nothing is removed. 0 turns the guard off.',
      ),
  }),
  {
    check: (value) => value.maxCount === undefined || value.maxCount >= value.minKeep,
    cel: '!has(self.maxCount) || self.maxCount >= self.minKeep',
    message: 'maxCount is smaller than minKeep (3 where it is left out): set minKeep as well',
  },
);
export type RetentionSpec = z.output<typeof retentionSpec>;
