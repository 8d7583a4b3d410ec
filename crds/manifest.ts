import { z } from 'zod';
import { fileFormats } from './runReport.ts';

const manifestFile = z.strictObject({
  name: z.string().min(1),
  id: z.string().min(1).describe("Drive's file ID; in a directory the file name."),
  format: z.enum(fileFormats),
  contentType: z.string(),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ManifestFile = z.infer<typeof manifestFile>;

const manifestTable = z.strictObject({
  schema: z.string(),
  name: z.string(),
  title: z.string().describe('Key in JSON, sheet in Excel, entry in the CSV zip.'),
  rows: z.int().min(0),
  oid: z.int().min(0).optional().describe('Which table of its database, whatever its name.'),
  checksum: z
    .string()
    .regex(/^v1:[0-9a-f]{16}$/)
    .optional()
    .describe('Of the values of all rows, whatever their order: docs/decisions/0014. Not with sql alone.'),
});
export type ManifestTable = z.infer<typeof manifestTable>;

const oids = z.array(z.int().min(0));

const manifestEncryption = z.strictObject({
  method: z.literal('age'),
  recipients: z.array(z.string()).describe('Public keys; the identity of any one of them opens the files.'),
  filledTables: oids.describe('OIDs of the tables that have rows: retention asks which of them lost all.'),
  emptyTables: oids.describe('OIDs of those that have none.'),
});

/**
 * The last file of a set, `<set>.manifest.json`: a set without it does not count. Retention, verification,
 * restore and a person without the cluster read it.
 */
export const manifest = z.strictObject({
  kind: z.literal('DatabaseBackupManifest'),
  version: z.literal(1),
  set: z.string().min(1),
  owner: z.string().min(1),
  backup: z.strictObject({ namespace: z.string(), name: z.string() }),
  database: z.strictObject({
    name: z.string(),
    serverVersion: z.string(),
    systemIdentifier: z
      .string()
      .optional()
      .describe('Which server, whatever its address: pg_control_system().'),
    oid: z.int().min(0).optional().describe('Which database of it, whatever its name.'),
    roles: z.array(z.string()).optional().describe('Roles that own or may use something in it.'),
  }),
  snapshotTime: z.iso.datetime().describe('UTC time of the snapshot, by the clock of the server.'),
  timeZone: z.string().describe('Zone of the time in the names.'),
  madeBy: z.strictObject({ program: z.string(), pgDump: z.string().optional() }),
  files: z.array(manifestFile),
  tables: z.array(manifestTable),
  rows: z.int().min(0),
  notes: z.array(z.string()).describe('What had to be cut, split or left out.'),
  restore: z.array(z.string()).describe('How to restore by hand, line by line.'),
  notIncluded: z.array(z.string()),
  encryption: manifestEncryption
    .optional()
    .describe('Every other file is encrypted: tables, roles and notes are in that of the format tables.'),
});
export type Manifest = z.infer<typeof manifest>;

/** What follows the set in the name of its manifest. */
export const manifestExtension = '.manifest.json';

/** The set that a manifest's file name belongs to; undefined for other files. */
export function setOfManifestName(name: string): string | undefined {
  return name.endsWith(manifestExtension) ? name.slice(0, -manifestExtension.length) : undefined;
}

/** `<set>.tables.json.age` of an encrypted set: what its manifest does not say in clear. */
export const setTables = z.strictObject({
  kind: z.literal('DatabaseBackupTables'),
  version: z.literal(1),
  set: z.string().min(1).describe('As in the manifest: one of another set does not pass for it.'),
  tables: z.array(manifestTable),
  roles: z.array(z.string()).optional(),
  notes: z.array(z.string()),
  restore: z.array(z.string()).describe('How to restore by hand, line by line.'),
});
export type SetTables = z.infer<typeof setTables>;
