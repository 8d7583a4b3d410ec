import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { choosePgDump } from './database/choosePgDump.ts';
import { connect } from './database/connection.ts';
import { databaseError } from './database/databaseError.ts';
import { type DatabaseTarget, databaseTarget } from './database/databaseTarget.ts';
import { requireSameServer, serverOf } from './database/server.ts';
import { openSnapshot } from './database/snapshot.ts';
import type { Destination } from './destinations/destination.ts';
import { recipientsOf } from './encryption/recipients.ts';
import { sealedManifest, setTables } from './encryption/sealedManifest.ts';
import { exportSnapshot } from './exportSnapshot.ts';
import { openDestination } from './openDestination.ts';
import { type CompleteSet, prune } from './retention/prune.ts';
import type { RunRecord } from './runRecord.ts';
import type { Services } from './services.ts';
import { setManifest } from './setManifest.ts';
import { setName } from './setName.ts';
import { SetWriter } from './setWriter.ts';
import { type Survey, surveyDestination } from './surveyDestination.ts';

export interface Run {
  readonly backup: DatabaseBackup;
  /** Whose files these are: see FileTags. */
  readonly owner: string;
  readonly record: RunRecord;
}

/**
 * Runs the stages of a backup in order and throws the first failure, with nothing of the set left behind.
 * The manifest comes last: a set without it does not count. Only then may older sets go.
 */
export async function runBackup(run: Run, services: Services, signal: AbortSignal): Promise<void> {
  const { backup, owner, record } = run;
  const { spec } = backup;
  const target = await databaseTarget(spec.database, services.secrets);
  services.redactor.add(target.password);
  record.note({ database: target.database });
  const recipients = await recipientsOf(spec.encryption, services.secrets);

  await using destination = await openDestination(spec.destination, services, {
    uploads: spec.formats.length,
  });
  const survey = await record.stage('destination', () => surveyDestination(destination, owner, signal));
  record.note(survey.state.link === undefined ? {} : { folderLink: survey.state.link });
  record.lastSuccess = survey.lastSuccess;
  record.warnings.push(...survey.warnings);

  const current = await writeSet(run, { target, destination, survey, recipients }, services, signal);
  // From here on the backup is complete: nothing below makes it fail.
  const pruned = await record.stage('prune', () =>
    prune(
      {
        destination,
        owner,
        rules: spec.retention,
        timeZone: spec.timeZone,
        now: services.clock.now,
        current,
      },
      signal,
    ),
  );
  record.note({ retention: pruned.retention });
  record.warnings.push(...pruned.warnings);
}

interface Ends {
  readonly target: DatabaseTarget;
  readonly destination: Destination;
  readonly survey: Survey;
  /** Undefined: the files stay in clear. */
  readonly recipients: readonly string[] | undefined;
}

/** From the first connection to the manifest: a complete set, or an error and nothing. */
async function writeSet(
  { backup, owner, record }: Run,
  ends: Ends,
  services: Services,
  signal: AbortSignal,
): Promise<CompleteSet> {
  const { spec } = backup;
  const { progress } = services;
  const { target, destination, survey, recipients } = ends;
  await using connection = await record.stage('connect', () => connect(target, signal));
  const { client } = connection;
  const server = await serverOf(client);
  record.note({ serverVersion: server.versionName });
  const pgDump = await choosePgDump(
    services.config.pgDump,
    spec.formats,
    { client, server },
    record.warnings,
    signal,
  );
  if (pgDump) await requireSameServer(target, server, signal);

  const snapshot = await record.stage('snapshot', () =>
    openSnapshot(
      client,
      { tables: spec.database.tables, serverVersion: server.version, everyTable: pgDump !== undefined },
      signal,
    ),
  );
  const snapshotTaken = performance.now();
  progress.tables = snapshot.tables.length;
  progress.estimatedRows = snapshot.estimatedRows;
  record.notes.push(...snapshot.notes);
  const set = setName(spec.fileNamePrefix, snapshot.time, spec.timeZone, survey.names);
  record.note({ set, snapshotTime: snapshot.time.toISOString(), tables: snapshot.tables.length });

  // By the destination's clock, as the one who reaps will compare it.
  const deadline = new Date(survey.state.now.getTime() + spec.timeoutSeconds * 1000).toISOString();
  const stagingDirectory = spec.staging && services.config.stagingDirectory;
  await using writer = new SetWriter(
    { destination, tags: { owner, set, deadline }, stagingDirectory, recipients, progress },
    signal,
  );
  try {
    const exported = await record.stage('export', () =>
      exportSnapshot({ client, target, snapshot, spec, pgDump, writer, progress }, signal),
    );
    await client.query('COMMIT');
    record.note({ snapshotSeconds: Math.round(performance.now() - snapshotTaken) / 1000 });
    if (stagingDirectory !== undefined) await record.stage('upload', () => writer.uploadStaged());
    record.notes.push(...exported.notes);
    const notes = [...snapshot.notes, ...exported.notes];
    const facts = {
      backup,
      owner,
      set,
      database: target.database,
      server,
      pgDump,
      snapshot,
      exported,
      notes,
    };
    return await record.stage('manifest', async () => {
      const manifestNow = () => setManifest({ ...facts, artifacts: writer.artifacts });
      if (recipients) await writer.writeTables(setTables(manifestNow()));
      await writer.confirm();
      const manifest = manifestNow();
      const file = await writer.writeManifest(recipients ? sealedManifest(manifest, recipients) : manifest);
      record.files(writer.artifacts, manifest);
      const others = writer.artifacts.map(({ stored }) => stored).filter(({ id }) => id !== file.id);
      return { manifest, files: [file, ...others] };
    });
  } catch (error) {
    const left = await writer.discard();
    if (left.length > 0) {
      record.warnings.push(
        `Files of the unfinished set could not be removed: ${left.join(', ')}. A later run removes them.`,
      );
    }
    throw databaseError(error, 'exporting');
  }
}
