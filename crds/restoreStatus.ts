import { z } from 'zod';
import { restoreReport } from './restoreReport.ts';
import { conditions, observedGeneration, runOutcome, runPhases } from './scheduledStatus.ts';

const { attempts, startTime, completionTime, duration, reason, message, hint } = runOutcome.shape;
const { format } = restoreReport.shape;

const lines = z.array(z.string().max(1024)).max(16);

/** status of a DatabaseRestore. */
export const restoreStatus = z
  .strictObject({
    observedGeneration,
    conditions: conditions
      .optional()
      .describe('Ready: whether the target holds the rows of the set; docs/reasons.md lists the reasons.'),
    phase: z
      .enum(runPhases)
      .optional()
      .describe('Pending (no pod runs yet), Running, Succeeded (all rows are those of the set) or Failed.'),
    ...{ attempts, startTime, completionTime, duration },
    set: z.string().max(256).optional().describe('Name of the set that was restored.'),
    snapshotTime: z.iso
      .datetime()
      .optional()
      .describe('Moment of the data: the target holds the database as it was then.'),
    target: z
      .string()
      .max(512)
      .optional()
      .describe('The database that was restored into: host:port/database.'),
    format: format.describe('Which file of the set the rows came from.'),
    tables: z.int().min(0).optional().describe('Restored tables.'),
    rows: z.int().min(0).optional().describe('Rows of all restored tables: as many as the set has.'),
    comparedTables: z
      .int()
      .min(0)
      .optional()
      .describe('With verifyRows: tables whose every value is that of the backup.'),
    bytes: z.int().min(0).optional().describe('Bytes that were read from the destination.'),
    dropped: lines
      .optional()
      .describe('What the target held and spec.clean dropped, a line for each kind of object.'),
    notes: lines.optional().describe('What a person should know of the restored database.'),
    ...{ reason, message, hint },
    jobUID: z.string().max(64).optional().describe('UID of its Job.'),
  })
  .describe('What became of the restore. The operator alone writes it.');
export type RestoreStatus = z.output<typeof restoreStatus>;
