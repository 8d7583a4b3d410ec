import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest } from '../../crds/manifest.ts';
import type { FileFormat } from '../../crds/runReport.ts';
import { type Connection, connect, targetName } from '../database/connection.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import { findPsql } from '../database/psql.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import { type Server, serverOf } from '../database/server.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Identities } from '../encryption/identities.ts';
import { openedManifest } from '../encryption/openedManifest.ts';
import type { Services } from '../services.ts';
import { restoreError } from './restoreError.ts';
import { restoreRows } from './restoreRows.ts';
import { type RestoreSource, restoreSource } from './restoreSource.ts';
import { restoreSQL } from './restoreSql.ts';
import { type Content, cleanStatements, targetContents } from './targetContents.ts';
import { createDatabase, dropDatabase, missingRoles, refuseSource } from './targetDatabase.ts';
import { chosenTables } from './targetTables.ts';

export interface Restore {
  /** Of a set whose files the destination lists with the sizes and checksums of this manifest. */
  readonly manifest: Manifest;
  readonly destination: Destination;
  /** What opens the set, if it is encrypted. */
  readonly identities?: Identities | undefined;
  readonly target: DatabaseTarget;
  /** Where the set was taken from, as far as the spec tells it. */
  readonly sourceTarget: DatabaseTarget | undefined;
  /** Rows of these tables alone, into tables that are there; left out: the whole database. */
  readonly tables?: readonly string[] | undefined;
  readonly create: boolean;
  readonly createRoles: boolean;
  readonly allowSource: boolean;
  /** What to do about a target that is not empty; left out: it is refused. Is told what would go. */
  readonly clean?: ((contents: readonly Content[]) => Promise<boolean>) | undefined;
}

export interface Restored {
  readonly set: string;
  /** host:port/database. */
  readonly target: string;
  readonly format: FileFormat;
  readonly tables: number;
  readonly rows: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/**
 * Restores a set, in one transaction, or throws the first failure with the target as it was. Undefined: `clean` said
 * no. The order of the looks: at the set, at the target, at what is in it; only then the first statement that writes.
 */
export async function restoreSet(
  asked: Restore,
  services: Services,
  signal: AbortSignal,
): Promise<Restored | undefined> {
  const began = performance.now();
  const { target, destination, identities } = asked;
  services.redactor.add(target.password);
  const unread = { destination, identities, onBytes: () => {} };
  const restore = { ...asked, manifest: await openedManifest(asked.manifest, unread, signal) };
  const { manifest } = restore;
  const source = restoreSource(manifest, restore.tables !== undefined);
  const tables = restore.tables === undefined ? manifest.tables : chosenTables(manifest, restore.tables);
  const psql = source.kind === 'sql' ? await findPsql(services.config.psql, signal) : undefined;
  services.progress.stage = 'connect';
  const created = restore.create && (await createDatabase(target, signal));
  let done = false;
  try {
    await using connection = await connect(target, signal);
    const looked = await look(restore, connection, source);
    if (looked === undefined) return undefined;
    const { server, before } = looked;
    const { progress } = services;
    progress.expectedBytes = source.file.bytes + (source.kind === 'rows' ? (source.schema?.bytes ?? 0) : 0);
    const onBytes = (bytes: number) => {
      progress.bytes += bytes;
    };
    const reading = {
      source: { destination, identities, onBytes },
      file: source.file,
      tables,
      before,
    };
    const facts = { ...reading, serverVersion: server.version, progress };
    const notes =
      psql === undefined
        ? await restoreRows(
            {
              ...facts,
              client: connection.client,
              schema: source.kind === 'rows' ? source.schema : undefined,
              all: manifest.tables,
              truncate: restore.clean !== undefined,
            },
            signal,
          )
        : await restoreSQL({ ...facts, psql, target }, signal);
    done = true;
    return {
      set: manifest.set,
      target: targetName(target),
      format: source.file.format,
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      seconds: (performance.now() - began) / 1000,
      notes,
    };
  } finally {
    if (created && !done && !(await dropDatabase(target))) {
      services.logger.warn(
        `The database ${target.database}, made for this restore, is empty and could not be dropped.`,
      );
    }
  }
}

interface Looked {
  readonly server: Server;
  readonly before: readonly string[];
}

/** All that can be refused before anything is written, and the statements that go first. */
async function look(
  restore: Restore,
  { client }: Connection,
  source: RestoreSource,
): Promise<Looked | undefined> {
  const { manifest, target, tables } = restore;
  const server = await serverOf(client);
  if (!restore.allowSource) refuseSource(manifest, server, target, restore.sourceTarget);
  try {
    if (tables !== undefined) {
      const agreed = (await restore.clean?.(wouldBeEmptied(manifest, tables))) ?? true;
      return agreed ? { server, before: [] } : undefined;
    }
    refuseOlder(manifest, server, source);
    const contents = await targetContents(client);
    if (!(await mayClean(restore, contents))) return undefined;
    const clean = contents.length === 0 ? [] : cleanStatements(contents, server.version);
    return { server, before: [...clean, ...(await roleStatements(restore, client))] };
  } catch (error) {
    throw restoreError(error, 'looking at the target');
  }
}

function wouldBeEmptied(manifest: Manifest, wanted: readonly string[]): Content[] {
  return chosenTables(manifest, wanted).map(({ schema, name }) => {
    return { kind: 'rows of table', name: `${schema}.${name}`, rows: 0 };
  });
}

async function mayClean({ target, clean }: Restore, contents: readonly Content[]): Promise<boolean> {
  if (contents.length === 0) return true;
  if (clean === undefined) {
    const names = contents.slice(0, 5).map(({ kind, name }) => `${kind} ${name}`);
    const more = contents.length > 5 ? ` and ${contents.length - 5} more` : '';
    throw new BackupError('TargetNotEmpty', `${targetName(target)} holds ${names.join(', ')}${more}.`);
  }
  const subscription = contents.find(({ kind }) => kind === 'subscription');
  if (subscription) {
    throw new BackupError(
      'TargetNotEmpty',
      `${targetName(target)} has the subscription ${subscription.name}, which no transaction can drop: drop it by hand.`,
    );
  }
  return clean(contents);
}

/** A schema that a newer server wrote does not load into an older one, or loads as something else. */
function refuseOlder({ database }: Manifest, server: Server, source: RestoreSource): void {
  if (source.kind === 'rows' && source.schema === undefined) return;
  if (Number.parseInt(database.serverVersion, 10) <= server.major) return;
  throw new BackupError(
    'TargetTooOld',
    `The set was taken from PostgreSQL ${database.serverVersion}, and the target is PostgreSQL ${server.versionName}.`,
  );
}

async function roleStatements({ manifest, createRoles }: Restore, client: pg.Client): Promise<string[]> {
  const missing = await missingRoles(client, manifest);
  if (missing.length > 0 && !createRoles) {
    throw new BackupError('RoleMissing', `The target has no role ${missing.join(', ')}.`);
  }
  return missing.map((role) => `CREATE ROLE ${quotedIdentifier(role)} NOLOGIN`);
}
