import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { directoryPruneFixture, drivePruneFixture, me, wrapped } from './retention/pruneFixture.ts';
import { surveyDestination } from './surveyDestination.ts';

const shop = `CREATE TABLE items (id int, name text);
  INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 500) i;`;

/** Leaves so many bytes free, by files of somebody else. */
function leaveFree({ google }: RunWorld, bytes: number): void {
  const ours = google.files().reduce((sum, { content }) => sum + (content?.size ?? 0), 0);
  google.account.usedElsewhere = (google.account.storageLimit ?? 0) - ours - bytes;
}

/** A world after one run, and the bytes of its set without the manifest. */
async function worldAfterRun(t: Parameters<typeof runWorld>[0]) {
  const world = await runWorld(t, shop);
  const { result, message, files } = await world.run();
  assert.equal(result, 'Succeeded', String(message));
  const needed = files.reduce((sum, { format, bytes }) => sum + (format === 'manifest' ? 0 : bytes), 0);
  return { world, needed };
}

test('less room on Drive than the last set had is QuotaExceeded before any byte is uploaded', async (t) => {
  const { world, needed } = await worldAfterRun(t);
  leaveFree(world, needed - 1);
  const before = world.names();
  const requests = world.google.requests.length;
  const report = await world.run();
  assert.deepEqual([report.result, report.reason], ['Failed', 'QuotaExceeded']);
  assert.match(
    report.message ?? '',
    /^There is no room for a backup: .* are free, and the last set had .*: .* used\. Nothing old was deleted\.$/,
  );
  const later = world.google.requests.slice(requests).map(({ operation }) => operation);
  assert.ok(later.includes('about') && !later.includes('uploadStart'));
  assert.deepEqual(world.names(), before);
  const mail = await world.mailbox.waitForMessage(({ text }) => /QuotaExceeded/.test(text));
  assert.match(mail.text, /Nothing old was deleted/);
});

test('less than 1.2 times the last set is a warning in report and mail', async (t) => {
  const { world, needed } = await worldAfterRun(t);
  // The manifest needs its room too.
  world.google.account.storageLimit = 1024 ** 4;
  const roomy = await world.run();
  assert.deepEqual(roomy.warnings, []);
  leaveFree(world, Math.floor(1.2 * needed) - 1);
  const report = await world.run();
  assert.equal(report.result, 'Succeeded', String(report.message));
  assert.match(report.warnings[0] ?? '', /^Room is running out: .* are free, and the last set had/);
  await world.mailbox.waitForMessage(({ text }) => /Room is running out/.test(text));
});

test('a Drive without a limit has room', async (t) => {
  const { world } = await worldAfterRun(t);
  leaveFree(world, 0);
  world.google.account.storageLimit = null;
  const report = await world.run();
  assert.deepEqual([report.result, report.warnings], ['Succeeded', []]);
});

test('says how many days are left of a token whose end is known', async (t) => {
  const world = await runWorld(t, shop);
  const day = 86_400_000;
  for (const [days, says] of [
    [6.5, /^The refresh token expires in 6 days \(\d{4}-\d\d-\d\d\): .*PUBLISH APP/],
    [1.5, /expires in 1 day /],
    [40, undefined],
  ] as const) {
    const credentials = world.google.issueCredentials({ expires: new Date(Date.now() + days * day) });
    world.secrets['drive-oauth'] = { 'token.json': JSON.stringify(credentials) };
    const report = await world.run();
    assert.equal(report.result, 'Succeeded', String(report.message));
    if (says) assert.match(report.warnings[0] ?? '', says);
    else assert.deepEqual(report.warnings, []);
  }
});

test("a full folder is DestinationFull; the last set is the owner's newest that can be read", async (t) => {
  const world = await directoryPruneFixture(t);
  await world.store('huge', { age: 9, files: { '.csv': 'x'.repeat(10_000) } });
  await world.store('small', { age: 8, files: { '.csv': 'x'.repeat(1000) } });
  await world.store('torn', { age: 1, manifest: '{' });
  await world.store('foreign', { owner: 'somebody', files: { '.csv': 'x'.repeat(90_000) } });
  const survey = (freeBytes: number | undefined) => {
    const destination = wrapped(world.destination, {
      inspect: async (signal) => ({ ...(await world.destination.inspect(signal)), freeBytes }),
    });
    return surveyDestination(destination, me, world.signal);
  };
  await assert.rejects(
    survey(999),
    (error) => error instanceof BackupError && error.reason === 'DestinationFull',
  );
  assert.match(
    (await survey(1199)).warnings[0] ?? '',
    /Room is running out: 1\.2 [kK]i?B are free, and the last set had 1(000 B|\.0 kB)/,
  );
  assert.deepEqual((await survey(1200)).warnings, []);
  assert.deepEqual((await survey(undefined)).warnings, []);
});

test('a folder that cannot be listed, and old manifests that cannot be read, are warnings and no failure', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('torn', { manifest: '{' });
  const torn = await surveyDestination(world.destination, me, world.signal);
  assert.match(torn.warnings[0] ?? '', /no earlier manifest could be read\.$/);
  assert.deepEqual([...torn.names].sort(), ['torn.csv', 'torn.json', 'torn.manifest.json']);
  const dead = wrapped(world.destination, {
    // biome-ignore lint/correctness/useYield: it fails before the first byte
    async *read() {
      throw new BackupError('UploadFailed', 'The line is dead.');
    },
  });
  assert.match(
    (await surveyDestination(dead, me, world.signal)).warnings[0] ?? '',
    /read: The line is dead\.$/,
  );
  world.fake.faults.add({ operation: 'list', effect: 'incompleteSearch' });
  const blind = await surveyDestination(world.destination, me, world.signal);
  assert.match(blind.warnings[0] ?? '', /^The folder could not be listed before the backup: .*incomplete/);
  assert.deepEqual(blind.names, []);
});

test('an abort while the folder is looked at is no warning', async (t) => {
  const world = await drivePruneFixture(t);
  await world.store('old');
  for (const method of ['list', 'read'] as const) {
    const stop = new AbortController();
    const reason = new BackupError('Interrupted', 'Stopped.');
    const destination = wrapped(world.destination, {
      [method]: () => {
        stop.abort(reason);
        throw reason;
      },
    });
    await assert.rejects(surveyDestination(destination, me, stop.signal), reason);
  }
});
