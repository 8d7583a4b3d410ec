import { z } from 'zod';
import { patterned, secretKeyRef, secretRef } from './specTypes.ts';

export const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SSLMode = (typeof sslModes)[number];

// The dot is required: a bare name would be ambiguous between schemas.
const tablePattern = patterned(
  z.string().max(127),
  /^.+\..+$/,
  'write schema.table, with * and ? as wildcards, such as public.*',
);

/** spec.database: how to reach a PostgreSQL database, and which tables. */
export const databaseSpec = z.strictObject({
  secretRef: secretRef
    .optional()
    .describe(
      'Secret that tells how to connect. Understood as they are: the Secrets of CloudNativePG, Crunchy, Zalando and Bitnami, one key uri, or single keys host, port, dbname, user, password.',
    ),
  host: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('Host name or address of the server. Overrides the Secret.'),
  port: z.int().min(1).max(65535).optional().describe('Port of the server. Overrides the Secret; else 5432.'),
  name: z.string().min(1).max(63).optional().describe('Name of the database. Overrides the Secret.'),
  user: z.string().min(1).max(63).optional().describe('Role to connect as. Overrides the Secret.'),
  sslMode: z
    .enum(sslModes)
    .optional()
    .describe(
      'How TLS is used, with the meaning of PostgreSQL: disable, prefer, require, verify-ca or verify-full. Overrides the Secret; else prefer, or verify-full with caSecretRef.',
    ),
  caSecretRef: secretKeyRef('ca.crt', 'the CA certificates in PEM')
    .optional()
    .describe('CA certificates that the certificate of the server is checked against.'),
  clientCertSecretRef: secretRef
    .optional()
    .describe('Secret of type kubernetes.io/tls (tls.crt, tls.key): the client certificate.'),
  tables: z
    .strictObject({
      include: z
        .array(tablePattern)
        .min(1)
        .max(256)
        .default(['*.*'])
        .describe(
          'Tables whose rows are exported, as schema.table with * and ?. Wildcards take tables and materialized views; views, foreign tables and tables of extensions only by their exact name.',
        ),
      exclude: z
        .array(tablePattern)
        .max(256)
        .default([])
        .describe('Tables that are left out, as schema.table with * and ?. Stronger than include.'),
    })
    .prefault({})
    .describe('Which tables give their rows. The schema in sql is always whole.'),
});
export type DatabaseSpec = z.output<typeof databaseSpec>;
