import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { FakeGoogle } from '../../sandbox/google/fakeControls.ts';
import { type FakeGoogleOptions, startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import type { Clock } from './clock.ts';
import type { Destination } from './destination.ts';
import { newFile } from './fileBuilder.ts';
import { parseGoogleCredentials } from './googleCredentials.ts';
import { type GoogleDriveOptions, openGoogleDrive } from './googleDrive.ts';

/** A clock whose sleeps are over at once, but count; `sleeps` are their milliseconds. */
export function quickClock(): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(Date.now() + sleeps.reduce((sum, ms) => sum + ms, 0)),
    async sleep(milliseconds, signal) {
      sleeps.push(milliseconds);
      await setImmediate();
      signal.throwIfAborted();
    },
  };
}

/** A Drive of its own for a test, with what the destination logged and how long it would have waited. */
export interface DriveFixture {
  readonly fake: FakeGoogle;
  readonly drive: Destination;
  readonly clock: ReturnType<typeof quickClock>;
  readonly logged: unknown[];
  readonly signal: AbortSignal;
  /** Another destination on the same fake. */
  open(options?: Partial<GoogleDriveOptions>): Promise<Destination>;
  /** Writes a whole file. */
  store(name: string, content: Uint8Array): ReturnType<Awaited<ReturnType<Destination['create']>>['finish']>;
  /** The BackupError of that reason that the work must end in; its text is checked for secrets. */
  failing(reason: FailureReason, work: () => Promise<unknown>): Promise<BackupError>;
}

/** Chunks of 1 MiB, no waiting. After the test no log line and no error may hold a secret. */
export async function driveFixture(
  t: TestContext,
  options: Partial<GoogleDriveOptions> = {},
  fakeOptions: Partial<FakeGoogleOptions> = {},
): Promise<DriveFixture> {
  const fake = await startFakeGoogle({ directory: await temporaryDirectory(t), ...fakeOptions });
  const logged: unknown[] = [];
  const errors: unknown[] = [];
  const clock = quickClock();
  const signal = AbortSignal.timeout(120_000);
  const open = async (more: Partial<GoogleDriveOptions> = {}) => {
    const opened = await openGoogleDrive({
      folderID: fake.folderID,
      credentials: parseGoogleCredentials(Buffer.from(JSON.stringify(fake.credentials)), 'The fixture'),
      rootURL: fake.url,
      logger: { debug: (...line) => logged.push(line), warn: (...line) => logged.push(line) },
      clock,
      chunkBytes: 1024 * 1024,
      ...options,
      ...more,
    });
    t.after(() => opened[Symbol.asyncDispose]());
    return opened;
  };
  const drive = await open();
  t.after(async () => {
    await fake.stop();
    assert.deepEqual(fake.bugs, []);
    assertNoSecrets(fake, [...logged, ...errors]);
  });
  return {
    fake,
    drive,
    clock,
    logged,
    signal,
    open,
    async store(name, content) {
      const upload = await drive.create(newFile(name), signal);
      await upload.write(content);
      return upload.finish();
    },
    async failing(reason, work) {
      try {
        await work();
      } catch (error) {
        errors.push(error);
        assert.ok(error instanceof BackupError, inspect(error));
        assert.equal(error.reason, reason, error.message);
        return error;
      }
      throw new assert.AssertionError({ message: `Nothing failed, but ${reason} was expected.` });
    },
  };
}

/** Throws if a token, the client secret or a session URI is anywhere in the values. */
export function assertNoSecrets(fake: FakeGoogle, values: readonly unknown[]): void {
  const text = inspect(values, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
  const secrets = [
    fake.credentials.client_secret,
    fake.credentials.refresh_token,
    'ya29.',
    'upload_id',
    'AHVrFx',
  ];
  for (const secret of secrets) assert.ok(!text.includes(secret), 'a secret is in a log line or an error');
}
