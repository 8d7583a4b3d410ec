import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { type Manifest, manifest } from '../crds/manifest.ts';
import type { PgDump } from './database/pgDump.ts';
import type { Server } from './database/server.ts';
import type { Snapshot } from './database/snapshot.ts';
import type { Exported } from './exportSnapshot.ts';
import { restoreLines } from './restoreLines.ts';
import type { Artifact } from './setWriter.ts';

export interface ManifestFacts {
  readonly backup: DatabaseBackup;
  readonly owner: string;
  readonly set: string;
  readonly database: string;
  readonly server: Server;
  readonly pgDump: PgDump | undefined;
  readonly snapshot: Snapshot;
  readonly exported: Exported;
  readonly artifacts: readonly Artifact[];
  readonly notes: readonly string[];
}

/** What the manifest of a set says. */
export function setManifest(facts: ManifestFacts): Manifest {
  const { backup, server, pgDump, snapshot, exported, artifacts } = facts;
  const files = artifacts.map(({ format, contentType, stored, sha256 }) => ({
    name: stored.name,
    id: stored.id,
    format,
    contentType,
    bytes: stored.bytes,
    sha256,
  }));
  return manifest.parse({
    kind: 'DatabaseBackupManifest',
    version: 1,
    set: facts.set,
    owner: facts.owner,
    backup: { namespace: backup.metadata.namespace, name: backup.metadata.name },
    database: {
      name: facts.database,
      serverVersion: server.versionName,
      ...(server.systemIdentifier === undefined ? {} : { systemIdentifier: server.systemIdentifier }),
      oid: server.databaseOID,
      roles: [...server.roles],
    },
    snapshotTime: snapshot.time.toISOString(),
    timeZone: backup.spec.timeZone,
    madeBy: { program: 'database-backup-operator', ...(pgDump ? { pgDump: pgDump.version } : {}) },
    files,
    // Exported in the order of the snapshot.
    tables: exported.tables.map((table, index) => ({ ...table, oid: snapshot.tables[index]?.oid })),
    rows: exported.tables.reduce((sum, { rows }) => sum + rows, 0),
    notes: [...facts.notes],
    restore: restoreLines(files, server, snapshot.tables),
    notIncluded: notIncluded(backup, pgDump !== undefined),
  } satisfies Manifest);
}

function notIncluded({ spec }: DatabaseBackup, withSchema: boolean): string[] {
  const sql = spec.formats.includes('sql');
  return [
    'Roles and their passwords, tablespaces, settings of the server and other databases of it.',
    ...(sql ? [] : ['Large objects and the values of sequences: only the sql format has them.']),
    ...(sql || withSchema
      ? []
      : ['The definition of the tables: pg_dump was not there or could not read it.']),
    ...(spec.database.tables.exclude.length > 0 || spec.database.tables.include.join() !== '*.*'
      ? ['The rows of tables that spec.database.tables does not select.']
      : []),
  ];
}
