import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { type Mailbox, type MailboxOptions, startMailbox } from '../../sandbox/smtp/startMailbox.ts';
import { requireProgram } from '../../sandbox/testing.ts';
import { type EmailSettings, emailNotifier } from './email.ts';
import type { SmtpSecrets } from './smtpServer.ts';

const mail = { id: 'owner/backup_20260210_020000', subject: 'Report', text: 'plain', html: '<b>rich</b>' };
const credentials = { user: 'reporter', password: 'Corréct "horse" & staple' };

/** A mailbox, stopped after the test; undefined (and the test skipped) where TLS needs a missing openssl. */
async function mailbox(t: TestContext, options: MailboxOptions): Promise<Mailbox | undefined> {
  const plain = options.tls === undefined || options.tls === 'none';
  if (!plain && requireProgram(t, 'openssl', 'apt-get install openssl') === undefined) return undefined;
  const started = await startMailbox(options);
  t.after(() => started.stop());
  return started;
}

function send(
  { host, port }: { host: string; port: number },
  tls: EmailSettings['smtp']['tls'],
  secrets: SmtpSecrets = {},
  { greeting = 30_000, signal = new AbortController().signal } = {},
) {
  const notifier = emailNotifier(
    { to: ['ops@example.com'], smtp: { host, port, tls } },
    {
      secrets,
      hostname: 'runner.example',
      sleep: async () => undefined,
      timeouts: { connect: 60_000, greeting, idle: 60_000 },
    },
  );
  return notifier.notify(mail, signal);
}

/** The message of a mail that must not have been sent. */
async function refusal(...parameters: Parameters<typeof send>): Promise<string> {
  const delivery = await send(...parameters);
  assert.equal(delivery.sent, false);
  return delivery.sent ? '' : delivery.message;
}

const sent = { sent: true, rejected: [] };

test('Opportunistic encrypts where STARTTLS is offered, whatever the certificate', async (t) => {
  const server = await mailbox(t, { tls: 'starttls', names: ['another.example'] });
  if (server === undefined) return;
  assert.deepEqual(await send(server, 'Opportunistic'), sent);
  assert.equal(server.messages()[0]?.secure, true);
});

test('Opportunistic goes on in clear where STARTTLS is not offered', async (t) => {
  const server = await mailbox(t, {});
  assert.ok(server);
  assert.deepEqual(await send(server, 'Opportunistic'), sent);
  assert.equal(server.messages()[0]?.secure, false);
});

test('Off does not encrypt even where STARTTLS is offered', async (t) => {
  const server = await mailbox(t, { tls: 'starttls' });
  if (server === undefined) return;
  assert.deepEqual(await send(server, 'Off'), sent);
  assert.equal(server.messages()[0]?.secure, false);
});

test('Off to a server that insists on STARTTLS tells its answer', async (t) => {
  const server = await mailbox(t, { tls: 'required' });
  if (server === undefined) return;
  assert.match(await refusal(server, 'Off'), /\(530 .*STARTTLS/);
  assert.deepEqual(await send(server, 'Opportunistic'), sent);
});

test('Required refuses a certificate of an unknown CA and says what to give', async (t) => {
  const server = await mailbox(t, { tls: 'starttls' });
  if (server === undefined) return;
  assert.match(
    await refusal(server, 'Required'),
    /127\.0\.0\.1:\d+ shows a certificate that is not trusted \([A-Z_]+\): give its CA in .*caSecretRef/,
  );
  assert.deepEqual(server.messages(), []);
});

test('Required trusts the given CA, as text and as bytes', async (t) => {
  const server = await mailbox(t, { tls: 'starttls' });
  if (server?.ca === undefined) return;
  for (const ca of [server.ca, new TextEncoder().encode(server.ca)]) {
    assert.deepEqual(await send(server, 'Required', { ca }), sent);
  }
  assert.deepEqual(
    server.messages().map(({ secure }) => secure),
    [true, true],
  );
});

test('Required refuses a certificate for another name', async (t) => {
  const server = await mailbox(t, { tls: 'starttls', names: ['mail.example.com'] });
  if (server === undefined) return;
  const message = await refusal(server, 'Required', { ca: server.ca });
  assert.match(message, /shows a certificate that is not for 127\.0\.0\.1: set .*smtp\.host/);
});

test('Required never goes on in clear where STARTTLS is not offered', async (t) => {
  const server = await mailbox(t, {});
  assert.ok(server);
  assert.match(await refusal(server, 'Required'), /offers no STARTTLS, but tls is Required/);
  assert.deepEqual(server.messages(), []);
});

test('Implicit speaks TLS from the first byte and checks the certificate', async (t) => {
  const server = await mailbox(t, { tls: 'implicit' });
  if (server === undefined) return;
  assert.match(await refusal(server, 'Implicit'), /not trusted/);
  assert.deepEqual(await send(server, 'Implicit', { ca: server.ca }), sent);
  assert.equal(server.messages()[0]?.secure, true);
});

test('Implicit against a server that speaks in clear says which setting is wrong', async (t) => {
  const server = await mailbox(t, {});
  assert.ok(server);
  assert.match(
    await refusal(server, 'Implicit'),
    /does not speak TLS from the first byte: set .*smtp\.tls to Required or Opportunistic/,
  );
});

test('a clear connection to a port that expects TLS says which setting is wrong', async (t) => {
  const server = await mailbox(t, { tls: 'implicit' });
  if (server === undefined) return;
  assert.match(
    await refusal(server, 'Off', {}, { greeting: 300 }),
    /sent no greeting: .* set .*smtp\.tls to Implicit/,
  );
});

test('logs in, after STARTTLS and with implicit TLS', async (t) => {
  for (const [tls, mode] of [
    ['required', 'Required'],
    ['implicit', 'Implicit'],
  ] as const) {
    const server = await mailbox(t, { tls, auth: credentials });
    if (server === undefined) return;
    assert.deepEqual(await send(server, mode, { ca: server.ca, credentials }), sent);
    assert.equal(server.messages()[0]?.user, 'reporter');
  }
});

test('a refused login is told with the user and without the password', async (t) => {
  const server = await mailbox(t, { tls: 'implicit', auth: { ...credentials, password: 'another' } });
  if (server === undefined) return;
  const message = await refusal(server, 'Implicit', { ca: server.ca, credentials });
  assert.match(message, /refused the user reporter \(535 .*: check the Secret of .*credentialsSecretRef/);
  assert.ok(!message.includes(credentials.password));
});

test('a server that offers no login is not used without one when credentials are given', async (t) => {
  const server = await mailbox(t, { tls: 'implicit' });
  if (server === undefined) return;
  const message = await refusal(server, 'Implicit', { ca: server.ca, credentials });
  assert.match(message, /offers no login .*remove the credentials/);
  assert.deepEqual(server.messages(), []);
});

test('stops inside an encrypted session without an error that nobody handles', {
  timeout: 60_000,
}, async (t) => {
  const stop = new AbortController();
  const server = new SMTPServer({ authOptional: true, logger: false, onMailFrom: () => stop.abort() });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((closed) => server.close(closed)));
  const { port } = server.server.address() as AddressInfo;
  const delivery = await send({ host: '127.0.0.1', port }, 'Opportunistic', {}, { signal: stop.signal });
  assert.equal(delivery.sent, false);
});
