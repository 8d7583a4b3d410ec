import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { FakeGoogle } from '../../sandbox/google/fakeControls.ts';
import { startFakeGoogle } from '../../sandbox/google/fakeGoogle.ts';
import { eventually, temporaryDirectory } from '../../sandbox/testing.ts';
import type { AuthIO } from './authIo.ts';
import { authLogin } from './login.ts';
import type { AuthLoginFlags } from './loginOptions.ts';
import { consent } from './testBrowser.ts';
import { patientClock, TestClock, testTerminal } from './testTerminal.ts';

/** A fake Google for this test, on a clock that stands still. */
export async function fakeGoogle(t: TestContext): Promise<FakeGoogle> {
  const google = await startFakeGoogle({ directory: await temporaryDirectory(t), now: patientClock.now });
  t.after(() => google.stop());
  return google;
}

/** Logs in with the fake's client; the browser consents, unless another is given. A browser that fails ends it. */
export async function login(google: FakeGoogle, flags: AuthLoginFlags = {}, given: Partial<AuthIO> = {}) {
  const failed = new AbortController();
  const open = given.openBrowser ?? consent;
  const terminal = testTerminal({
    googleURL: google.url,
    ...given,
    openBrowser: async (url) => {
      await open(url).catch((error) => failed.abort(error));
    },
    signal: AbortSignal.any([failed.signal, ...(given.signal ? [given.signal] : [])]),
  });
  const client = flags['client-file']
    ? {}
    : { 'client-id': google.client.id, 'client-secret': google.client.secret };
  await authLogin({ ...client, ...flags }, terminal.io);
  const secret = parse(terminal.stdout() || '{}');
  return { secret, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

/** Logs in, which must fail: with this reason, these words, nothing on standard output and no secret anywhere. */
export async function refused(
  google: FakeGoogle,
  reason: FailureReason,
  words: RegExp,
  flags: AuthLoginFlags = {},
  given: Partial<AuthIO> = {},
): Promise<void> {
  const terminal = testTerminal();
  const { stdout, stderr } = terminal.io;
  const error = await login(google, flags, { stdout, stderr, ...given }).then(
    () => assert.fail('the login succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BackupError, String((error as Error).stack));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, words);
  assert.equal(terminal.stdout(), '');
  assertNoSecret(`${error.message}${error.stack}${error.cause}${terminal.stderr()}`, google);
}

/** Fails if the text holds the client secret, a token or a code. */
export function assertNoSecret(text: string, google: FakeGoogle): void {
  assert.ok(!text.includes(google.client.secret), 'the client secret is shown');
  // How refresh tokens, access tokens and codes of the fake (and of Google) begin.
  for (const start of ['1//0', 'ya29.', '4/0A', '4%2F0A'])
    assert.ok(!text.includes(start), `${start}… is shown`);
}

/** The address that the terminal tells the person to open. */
export function printedAddress(stderr: () => string): Promise<string> {
  return eventually(() => /^ {2}(http\S+)$/m.exec(stderr())?.[1] ?? assert.fail('no address yet'));
}

/** Ends short waits at once, and the one for the person never. */
export function onlyShortWaits(): AuthIO['clock'] {
  const clock = new TestClock();
  return {
    now: clock.now,
    sleep: (milliseconds, signal) =>
      (milliseconds > 60_000 ? patientClock : clock).sleep(milliseconds, signal),
  };
}
