import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SMTPSpec } from '../crds/notificationSpec.ts';
import type { RunReport } from '../crds/runReport.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { type Mailbox, type MailboxOptions, startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { exitStatus } from './exitStatus.ts';
import { hurriedClock, runInSecret } from './failureFixture.ts';

const shop = 'CREATE TABLE items AS SELECT i FROM generate_series(1, 100) i';

type Smtp = Partial<SMTPSpec> & object;

/** One good backup whose mail goes to another server than the world's. Asserts that the backup itself is whole. */
async function backUp(
  t: TestContext,
  server: MailboxOptions,
  smtp: (mailbox: Mailbox, world: RunWorld) => Smtp = () => ({}),
): Promise<{ report: RunReport; log: readonly string[]; mailbox: Mailbox; world: RunWorld }> {
  const world = await runWorld(t, shop);
  world.clock = hurriedClock();
  const mailbox = await startMailbox(server);
  t.after(() => mailbox.stop());
  const fields = {
    ...{ host: mailbox.host, port: mailbox.port, tls: 'Off' as const },
    ...smtp(mailbox, world),
  };
  const backup = world.backup({
    formats: ['csv'],
    notification: { email: { to: ['ann@example.com', 'bob@example.com'], smtp: fields } },
  });
  const { report, log } = await runInSecret(world, backup);
  assert.equal(report.result, 'Succeeded', report.message ?? '');
  assert.equal(exitStatus(report), 0);
  assert.equal(world.names().filter((name) => name.endsWith('.manifest.json')).length, 1);
  return { report, log, mailbox, world };
}

test('a mail server that is down', async (t) => {
  const { report, log } = await backUp(t, {}, () => ({ port: 1 }));
  assert.equal(report.email?.result, 'Failed');
  assert.match(
    report.email?.message ?? '',
    /^The mail server 127\.0\.0\.1:1 refused the connection: check spec\.notification\.email\.smtp\.host and port/,
  );
  assert.equal(log.filter((line) => line.includes('refused the connection')).length, 4);
});

test('a mail server of an unknown name', async (t) => {
  const { report } = await backUp(t, {}, () => ({ host: 'no-such-host.invalid' }));
  assert.equal(report.email?.result, 'Failed');
  assert.match(report.email?.message ?? '', /was not found in DNS/);
});

test('a mail server that drops every connection', async (t) => {
  const { report } = await backUp(t, { drop: 'connection' });
  assert.equal(report.email?.result, 'Failed');
  assert.match(report.email?.message ?? '', /closed the connection too early/);
});

test('a mail server that refuses every mail', async (t) => {
  const { report } = await backUp(t, { refuseAll: true });
  assert.equal(report.email?.result, 'Failed');
  assert.match(report.email?.message ?? '', /refused the sender \(550.*set spec\.notification\.email\.from/);
});

test('a mail server that puts every mail off', async (t) => {
  const { report } = await backUp(t, { greylist: 1_000_000 });
  assert.equal(report.email?.result, 'Failed');
  assert.match(report.email?.message ?? '', /put the mail off again and again \(451/);
});

test('one of two recipients is refused: the other gets the mail, and the report says who does not', async (t) => {
  const { report, mailbox } = await backUp(t, { rejectRecipients: ['bob@example.com'] });
  assert.deepEqual(report.email, {
    result: 'PartlyRejected',
    message: 'The relay refused bob@example.com.',
  });
  assert.deepEqual(
    mailbox.messages().map(({ envelope }) => envelope.to),
    [['ann@example.com']],
  );
});

test('every recipient is refused', async (t) => {
  const { report, mailbox } = await backUp(t, { rejectRecipients: ['ann@example.com', 'bob@example.com'] });
  assert.equal(report.email?.result, 'Failed');
  assert.match(report.email?.message ?? '', /refused every recipient, ann@example\.com, bob@example\.com/);
  assert.deepEqual(mailbox.messages(), []);
});

test('a Secret of the relay that is missing', async (t) => {
  const credentialsSecretRef = { name: 'relay' };
  const { report } = await backUp(t, { tls: 'required' }, () => ({ tls: 'Required', credentialsSecretRef }));
  assert.deepEqual(report.email, {
    result: 'Failed',
    message: 'The mail could not be made: Secret relay does not exist.',
  });
});

const auth = { user: 'backup', password: 'Post+Wort/"4711"' };
for (const [what, password, result] of [
  ['the right', auth.password, 'Sent'],
  ['a wrong', 'Falsches+Wort/"1"', 'Failed'],
] as const) {
  test(`${what} password for the relay: ${result}`, async (t) => {
    const { report, mailbox } = await backUp(t, { tls: 'required', auth }, ({ ca = '' }, world) => {
      world.secrets.relay = { username: auth.user, password };
      world.secrets['relay-ca'] = { 'ca.crt': ca };
      return {
        tls: 'Required',
        credentialsSecretRef: { name: 'relay' },
        caSecretRef: { name: 'relay-ca', key: 'ca.crt' },
      };
    });
    assert.equal(report.email?.result, result, report.email?.message ?? '');
    assert.equal(mailbox.messages().length, result === 'Sent' ? 1 : 0);
    if (result === 'Failed') assert.match(report.email?.message ?? '', /refused the user backup \(535/);
  });
}
