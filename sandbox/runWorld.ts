import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { apiVersion, type DatabaseBackup, databaseBackup } from '../crds/databaseBackup.ts';
import type { RunReport } from '../crds/runReport.ts';
import { backupJob } from '../runner/backupJob.ts';
import { runnerConfig } from '../runner/config.ts';
import { type Clock, systemClock } from '../runner/destinations/clock.ts';
import { runProgress } from '../runner/progress.ts';
import { redactLine, redactor } from '../runner/redactor.ts';
import { secretDocuments } from '../runner/secrets.ts';
import type { Services } from '../runner/services.ts';
import type { FakeGoogle } from './google/fakeControls.ts';
import { startFakeGoogle } from './google/fakeGoogle.ts';
import { type Mailbox, startMailbox } from './smtp/startMailbox.ts';
import { temporaryDirectory, testDatabase } from './testing.ts';

/** A world for runs: a database of one's own, the fake Google and a mailbox, and every line that was logged. */
export interface RunWorld {
  readonly uri: string;
  readonly google: FakeGoogle;
  readonly mailbox: Mailbox;
  readonly log: string[];
  /** Secrets by name and key; tests may change them. */
  readonly secrets: Record<string, Record<string, string>>;
  clock: Clock;
  /** Time as the fake Google tells it. */
  googleNow: () => Date;
  environment: NodeJS.ProcessEnv;
  backup(spec?: Partial<BackupSpecInput>, metadata?: { name?: string; uid?: string }): DatabaseBackup;
  services(): Services;
  /** One attempt of a backup, as a cluster's runner makes it but with mails after transient failures. */
  run(backup?: DatabaseBackup, stop?: AbortSignal): Promise<RunReport>;
  /** Names of the files that lie in the folder, sorted; those in the bin are left out. */
  names(): string[];
}

/** Starts a world whose database was filled by `sql`. Everything ends with the test. */
export async function runWorld(t: TestContext, sql: string | { uri: string }): Promise<RunWorld> {
  const uri = typeof sql === 'string' ? await testDatabase(t, sql) : sql.uri;
  const world = { googleNow: () => new Date() } as { googleNow: () => Date };
  const google = await startFakeGoogle({
    directory: await temporaryDirectory(t),
    now: () => world.googleNow(),
  });
  const mailbox = await startMailbox();
  t.after(async () => {
    await google.stop();
    await mailbox.stop();
  });
  const log: string[] = [];
  const secrets = {
    db: { uri },
    'drive-oauth': { 'token.json': JSON.stringify(google.credentials) },
  };
  return Object.assign(world, {
    ...{ uri, google, mailbox, log, secrets },
    clock: systemClock,
    environment: { DBBACKUP_GOOGLE_URL: google.url, PATH: process.env.PATH },
    backup(spec: Partial<BackupSpecInput> = {}, metadata = {}) {
      return databaseBackup.parse({
        apiVersion,
        kind: 'DatabaseBackup',
        metadata: { name: 'shop', namespace: 'shop', ...metadata },
        spec: {
          database: { secretRef: { name: 'db' } },
          destination: {
            googleDrive: { folderID: google.folderID, credentialsSecretRef: { name: 'drive-oauth' } },
          },
          notification: {
            email: { to: ['ops@example.com'], smtp: { host: mailbox.host, port: mailbox.port, tls: 'Off' } },
          },
          formats: ['csv', 'json'],
          ...spec,
        },
      });
    },
    services(this: RunWorld): Services {
      const known = redactor();
      const documents = Object.entries(this.secrets).map(([name, stringData]) => ({
        metadata: { name },
        stringData,
      }));
      return {
        config: runnerConfig(this.environment),
        secrets: secretDocuments(documents),
        redactor: known,
        logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(redactLine(line, known)) }),
        clock: this.clock,
        progress: runProgress(),
      };
    },
    run(this: RunWorld, backup?: DatabaseBackup, stop = new AbortController().signal) {
      return backupJob(
        { backup: backup ?? this.backup(), mailTransientFailures: true },
        this.services(),
        stop,
      );
    },
    names() {
      return google
        .files()
        .filter(({ parent, trashed }) => parent === google.folderID && !trashed)
        .map(({ name }) => name)
        .sort();
    },
  }) as RunWorld;
}
