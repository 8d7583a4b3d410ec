import { z } from 'zod';
import { databaseSpec } from './databaseSpec.ts';
import { diskSize } from './diskSize.ts';
import { resources } from './runnerSpec.ts';
import { scheduleText } from './scheduleSpec.ts';
import { patterned, ruled, secretKeyRef } from './specTypes.ts';

/** Where the socket of the PostgreSQL beside the runner lies, in both containers of the pod. */
export const drillSocketDirectory = '/var/run/dbbackup-drill';

const ephemeral = z.strictObject({
  image: patterned(z.string().min(1).max(512), /^\S+$/, 'write an image without blanks')
    .default('postgres:18')
    .describe(
      'Image with the programs of a PostgreSQL server, of at least the version of the database: postgres:18.',
    ),
  runAsUser: z
    .int()
    .min(1)
    .max(2147483647)
    .default(999)
    .describe(
      'User that the image has for PostgreSQL: 999 in postgres:18, 70 in postgres:18-alpine, 26 in images of CloudNativePG.',
    ),
  resources: resources.optional().describe('Requests and limits of that container, as in a Pod.'),
  storage: z
    .strictObject({
      sizeLimit: diskSize
        .default('10Gi')
        .describe('Room for the restored database, on the disk of the node: about twice its size.'),
      medium: z
        .enum(['Disk', 'Memory'])
        .default('Disk')
        .describe('Memory counts as memory of the container: raise its limit by the size.'),
    })
    .prefault({})
    .describe('The emptyDir of the data.'),
});

const assertion = z.strictObject({
  name: z.string().min(1).max(63).optional().describe('What it tells, for messages; else its number.'),
  query: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'One SELECT, run in the restored database. Its first column of its first row counts: SELECT max(created) > now() - interval \'2 days\' FROM "shop"."orders".',
    ),
  expect: z
    .union([z.string().max(256), z.int()], { error: 'write a text or a whole number, such as "true" or 42' })
    .default('true')
    .meta({ 'x-kubernetes-int-or-string': true })
    .describe('The value as PostgreSQL writes it; true and false are booleans. Left out: true.'),
});

/** spec.drill: restores the newest good set into a scratch database, compares it and drops it. */
export const drillSpec = ruled(
  z.strictObject({
    schedule: scheduleText
      .optional()
      .describe(
        'When to try a restore, in the form and the time zone of spec.schedule: "0 5 * * 0". Left out: on request only. A time that passed while the operator was away is made up for.',
      ),
    target: databaseSpec
      .omit({ tables: true })
      .optional()
      .describe(
        'A PostgreSQL server for it, as spec.database names one. The drill makes a database of its own there, dbbackup_drill_…, and drops it; the role needs CREATEDB, and rights on the roles that own the tables.',
      ),
    ephemeral: ephemeral
      .optional()
      .describe(
        'A PostgreSQL server beside the runner, in the same pod, that goes with it: {} is enough. Reached by a socket, from nowhere else. Needs Kubernetes 1.29.',
      ),
    identitySecretRef: secretKeyRef('key.txt', 'the identity of age')
      .optional()
      .describe(
        'Identity that opens sets of spec.encryption. Who can read it can read the backups: keep it out of the cluster, and drill with `dbbackup drill --identity`, if that is what you encrypt against.',
      ),
    assertions: z
      .array(assertion)
      .max(32)
      .default([])
      .describe('What must be true in the restored database. Whether each held is told, its values never.'),
    timeoutSeconds: z
      .int()
      .min(60)
      .max(604800)
      .default(3600)
      .describe('How long one attempt may take. Transient failures are tried again as spec.retries says.'),
    maxAgeDays: z
      .int()
      .min(1)
      .max(3660)
      .optional()
      .describe('After so many days without a good drill it is overdue. Else after two scheduled times.'),
  }),
  {
    check: ({ target, ephemeral }) => (target === undefined) !== (ephemeral === undefined),
    cel: 'has(self.target) != has(self.ephemeral)',
    message: 'name exactly one of target and ephemeral',
  },
);
export type DrillSpec = z.output<typeof drillSpec>;
