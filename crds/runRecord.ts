import { z } from 'zod';
import { celRules } from './specTypes.ts';

/** The Job has the name of its record, and Kubernetes allows a Job's name so many characters. */
export const longestRunName = 63;

/** Field of the spec of a record: who made it by hand. */
export const requestedBy = z
  .string()
  .max(256)
  .optional()
  .describe('Who asked for the run and why: free text, no proof of identity.');

/** A record is about one run: its spec never changes. */
export const unchanging = (runKind: string) =>
  celRules({
    rule: 'self == oldSelf',
    message: `cannot be changed: create a new ${runKind} for another run`,
  });

/** What the CRD of a record says beside its schema. */
export const recordRules = [
  {
    rule: `self.metadata.name.size() <= ${longestRunName}`,
    message: `has more than ${longestRunName} characters, the most that a Job may have`,
    fieldPath: '.metadata.name',
  },
];

/** Columns of a record: first whose run it is, then how it went. */
export function recordColumns(
  owner: { name: string; jsonPath: string },
  results: readonly { name: string; type: string; jsonPath: string }[],
) {
  return [
    { ...owner, type: 'string' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Trigger', type: 'string', jsonPath: '.status.trigger' },
    { name: 'Started', type: 'date', jsonPath: '.status.startTime' },
    { name: 'Duration', type: 'string', jsonPath: '.status.duration' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rows' },
    ...results,
    { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  ];
}
