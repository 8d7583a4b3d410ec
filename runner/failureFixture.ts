import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { type FailureReason, reasonFacts } from '../crds/failureReason.ts';
import { type RunReport, runReport } from '../crds/runReport.ts';
import type { SheetSync } from '../crds/sheetSync.ts';
import { type SyncReport, syncReport } from '../crds/syncReport.ts';
import type { RunWorld } from '../sandbox/runWorld.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { backupJob } from './backupJob.ts';
import type { Clock } from './destinations/clock.ts';
import { exitStatus } from './exitStatus.ts';
import { leaks } from './leaks.ts';
import type { Services } from './services.ts';
import { syncJob } from './syncJob.ts';

/** A clock that never waits: a sleep puts it forward. */
export function hurriedClock(): Clock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      ahead += milliseconds;
    },
  };
}

/** A run that was looked at for secrets, with all that it said. */
export interface SaidRun<R = RunReport> {
  readonly report: R;
  /** Log lines, before any redaction. */
  readonly log: readonly string[];
}

/**
 * Runs a backup and asserts that neither its log, before any redaction, nor its report nor the mails of the world
 * hold one of the world's secrets. `more` are secrets beside those.
 */
export async function runInSecret(
  world: RunWorld,
  backup: DatabaseBackup,
  more: Readonly<Record<string, string>> = {},
): Promise<SaidRun> {
  const job = { backup, mailTransientFailures: true };
  const said = await inSecret(world, (...services) => backupJob(job, ...services), more);
  runReport.parse(said.report);
  return said;
}

/** The same of a sync. */
export async function syncInSecret(
  world: RunWorld,
  sync: SheetSync,
  more: Readonly<Record<string, string>> = {},
): Promise<SaidRun<SyncReport>> {
  const job = { sync, mailTransientFailures: true };
  const said = await inSecret(world, (...services) => syncJob(job, ...services), more);
  syncReport.parse(said.report);
  return said;
}

async function inSecret<R>(
  world: RunWorld,
  run: (services: Services, stop: AbortSignal) => Promise<R>,
  more: Readonly<Record<string, string>>,
): Promise<SaidRun<R>> {
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  const report = await run({ ...world.services(), logger }, new AbortController().signal);
  const mails = world.mailbox.messages().map(({ raw, text, html, subject }) => [raw, text, html, subject]);
  const texts = { log: log.join(''), report: JSON.stringify(report), mail: mails.flat().join('\n') };
  assert.deepEqual(leaks(texts, { ...secretsOf(world), ...more }), []);
  return { report, log };
}

/** Every password and token of the world's Secrets. */
export function secretsOf({ uri, secrets, google }: RunWorld): Record<string, string> {
  const values = Object.entries(secrets).flatMap(([name, keys]) =>
    Object.entries(keys)
      .filter(([key]) => /password|token|^uri$/.test(key))
      .map(([key, value]) => [`${key} of Secret ${name}`, value] as const),
  );
  return {
    ...Object.fromEntries(values),
    'password of the database': decodeURIComponent(new URL(uri).password),
    'client secret': google.credentials.client_secret,
    'refresh token': google.credentials.refresh_token,
  };
}

/** What a failing run is to come to. */
export interface ExpectedFailure {
  readonly reason: FailureReason;
  readonly message: RegExp;
  /** What goes wrong, arranged after two good sets were made and before the run that fails. */
  readonly spoil?: () => unknown;
  /** Runs beside the run that fails. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * Makes two good sets of `good`, spoils the world and runs `bad`, whose retention would remove the older set.
 * Asserts all that holds for every failure: its reason, one sentence, its hint in the mail, the exit status,
 * nothing new in the folder or the bin, nothing removed, nothing half-stored, no secret said anywhere.
 */
export async function assertFails(
  world: RunWorld,
  { good, bad }: { good: DatabaseBackup; bad: DatabaseBackup },
  expected: ExpectedFailure,
): Promise<SaidRun> {
  for (const _ of [1, 2]) {
    const { result, message } = await world.run(good);
    assert.equal(result, 'Succeeded', message ?? '');
  }
  await expected.spoil?.();
  const before = await lyingThere(world);
  const mailsBefore = world.mailbox.messages().length;
  const [said] = await Promise.all([runInSecret(world, bad, expected.secrets), expected.meanwhile?.()]);
  const { report } = said;
  assert.deepEqual([report.result, report.reason], ['Failed', expected.reason], report.message ?? '');
  assert.match(report.message ?? '', expected.message);
  assert.match(report.message ?? '', /^\S[^\n]{10,500}\.$/, 'the message is no sentence');
  assert.equal(exitStatus(report), reasonFacts(expected.reason).kind === 'Transient' ? 1 : 2);
  assert.deepEqual(report.files, []);
  assert.equal(report.retention, undefined);
  assert.deepEqual(await lyingThere(world), before);
  assert.deepEqual(world.google.bugs, []);
  if (bad.spec.notification?.email !== undefined) {
    assert.equal(report.email?.result, 'Sent', report.email?.message ?? '');
    const mail = world.mailbox.messages()[mailsBefore];
    assert.match(mail?.subject ?? '', new RegExp(`^✗ shop/shop.*${expected.reason}`));
    const words = (text: string) => text.replace(/\s+/g, ' ');
    assert.ok(words(mail?.text ?? '').includes(words(reasonFacts(expected.reason).hint)), mail?.text ?? '');
  }
  return said;
}

// The older of two good sets goes, if pruning ever begins.
const strictRetention = { maxCount: 1, minKeep: 1, shrinkGuard: 0 };

// What is in the folder and the bin, and how many contents there are, those of unfinished uploads included.
async function lyingThere({ google }: RunWorld) {
  const files = google.files().map(({ id, name, parent, trashed, content }) => ({
    id,
    name,
    parent,
    trashed,
    sha256: content?.sha256,
  }));
  return { files, contents: (await readdir(google.directory)).length };
}

/** Good and bad backup of a world: both with the fields of `both`; the bad one keeps one set and has those of `spec`. */
export function backups(
  world: RunWorld,
  spec: Partial<BackupSpecInput> = {},
  both: Partial<BackupSpecInput> = {},
) {
  return {
    good: world.backup(both),
    bad: world.backup({ retention: strictRetention, ...both, ...spec }),
  };
}

/** The path of a shell script in the place of a program. */
export async function fakeProgram(t: TestContext, script: string): Promise<string> {
  const path = join(await temporaryDirectory(t), 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
