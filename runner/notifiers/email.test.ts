import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import PostalMime from 'postal-mime';
import type { SMTPServerOptions } from 'smtp-server';
import { certificateAuthority } from '../../sandbox/postgres/certificates.ts';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { type EmailServices, type EmailSettings, emailNotifier } from './email.ts';
import { answer, smtpTestServer } from './smtpTestServer.ts';

const mail = { id: 'owner/backup_20260210_020000', subject: 'Report', text: 'plain', html: '<b>rich</b>' };

/** Sends `mail` without real waits; `waited` are the waits that were asked for. */
async function notify(
  smtp: { host: string; port: number; tls?: EmailSettings['smtp']['tls'] },
  settings: Partial<EmailSettings> = {},
  services: Partial<EmailServices> = {},
  report = mail,
) {
  const waited: number[] = [];
  const notifier = emailNotifier(
    { to: ['ops@example.com'], smtp: { tls: 'Off', ...smtp }, ...settings },
    {
      secrets: {},
      hostname: 'runner.example',
      sleep: async (milliseconds) => void waited.push(milliseconds),
      ...services,
    },
  );
  const delivery = await notifier.notify(report, new AbortController().signal);
  return { delivery, waited };
}

async function notSent(...parameters: Parameters<typeof notify>) {
  const { delivery, waited } = await notify(...parameters);
  assert.equal(delivery.sent, false);
  return { message: delivery.sent ? '' : delivery.message, waited };
}

/** A server certificate for 127.0.0.1 and the CA that made it; undefined where openssl is missing. */
async function certificate(t: TestContext, name = '127.0.0.1') {
  if (requireProgram(t, 'openssl', 'apt-get install openssl') === undefined) return undefined;
  const authority = await certificateAuthority(await temporaryDirectory(t));
  return { ca: authority.ca, ...(await authority.issue(name, [name])) };
}

const credentials = { user: 'reporter', password: 'Corréct "horse" & staple' };

const onAuth: SMTPServerOptions['onAuth'] = ({ username, password }, _session, done) => {
  if (username === credentials.user && password === credentials.password) done(null, { user: username });
  else done(answer(535, 'authentication failed'));
};

test('sends text and HTML with the headers of an automatic mail', async (t) => {
  const server = await smtpTestServer(t);
  const to = ['ops@example.com', 'dba@example.com'];
  const { delivery } = await notify(server, { to });
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  const [taken] = server.mails;
  assert.ok(taken);
  assert.equal(taken.from, 'database-backup@runner.example');
  assert.deepEqual(taken.to, to);
  const parsed = await PostalMime.parse(taken.raw);
  assert.equal(parsed.subject, 'Report');
  assert.deepEqual(parsed.from, { name: 'Database backup', address: 'database-backup@runner.example' });
  assert.deepEqual(
    parsed.to?.map(({ address }) => address),
    to,
  );
  assert.equal(parsed.text?.trim(), 'plain');
  assert.equal(parsed.html?.trim(), '<b>rich</b>');
  const header = (key: string) => parsed.headers.find((each) => each.key === key)?.value;
  assert.equal(header('auto-submitted'), 'auto-generated');
  assert.match(header('content-type') ?? '', /^multipart\/alternative/);
});

test('gives every mail of a run the same Message-ID, and other runs another', async (t) => {
  const server = await smtpTestServer(t);
  await notify(server);
  await notify(server, { to: ['other@example.com'] });
  await notify(server, {}, {}, { ...mail, id: 'owner/backup_20260211_020000' });
  const ids = await Promise.all(server.mails.map(async ({ raw }) => (await PostalMime.parse(raw)).messageId));
  assert.match(ids[0] ?? '', /^<[0-9a-f]{32}@runner\.example>$/);
  assert.equal(ids[1], ids[0]);
  assert.notEqual(ids[2], ids[0]);
});

test('names with line breaks add no header and no recipient', async (t) => {
  const server = await smtpTestServer(t);
  const subject = 'x\r\nBcc: evil@example.com\r\n\r\nbody';
  await notify(
    server,
    { from: 'a@example.com' },
    {},
    { ...mail, id: 'x>\r\nBcc: evil@example.com', subject },
  );
  const [taken] = server.mails;
  assert.ok(taken);
  assert.deepEqual(taken.to, ['ops@example.com']);
  const parsed = await PostalMime.parse(taken.raw);
  assert.equal(parsed.bcc, undefined);
  assert.equal(parsed.text?.trim(), 'plain');
});

test('a line break in an address is refused, not sent', async (t) => {
  const server = await smtpTestServer(t);
  for (const broken of [
    'a@example.com\r\nRCPT TO:<evil@example.com>',
    'a@example.com>\nx',
    'a@example.com<evil@example.com>',
  ]) {
    const { message } = await notSent(server, { to: [broken] });
    assert.match(message, /is no plain address: correct spec\.notification\.email/);
    await notSent(server, { from: broken });
  }
  assert.deepEqual(server.mails, []);
});

test('Opportunistic encrypts where STARTTLS is offered, whatever the certificate', async (t) => {
  const server = await smtpTestServer(t, { disabledCommands: [] });
  const { delivery } = await notify({ ...server, tls: 'Opportunistic' });
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.equal(server.mails[0]?.secure, true);
});

test('Opportunistic goes on in clear where STARTTLS is not offered', async (t) => {
  const server = await smtpTestServer(t);
  const { delivery } = await notify({ ...server, tls: 'Opportunistic' });
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.equal(server.mails[0]?.secure, false);
});

test('Off does not encrypt even where STARTTLS is offered', async (t) => {
  const server = await smtpTestServer(t, { disabledCommands: [] });
  await notify({ ...server, tls: 'Off' });
  assert.equal(server.mails[0]?.secure, false);
});

test('Required refuses a certificate of an unknown CA and says what to give', async (t) => {
  const made = await certificate(t);
  if (made === undefined) return;
  const server = await smtpTestServer(t, { disabledCommands: [], ...made });
  const { message, waited } = await notSent({ ...server, tls: 'Required' });
  assert.match(
    message,
    /127\.0\.0\.1:\d+ shows a certificate that is not trusted \([A-Z_]+\): give its CA in/,
  );
  assert.deepEqual(waited, []);
  assert.deepEqual(server.mails, []);
});

test('Required trusts the given CA, and logs in', async (t) => {
  const made = await certificate(t);
  if (made === undefined) return;
  const server = await smtpTestServer(t, { disabledCommands: [], cert: made.cert, key: made.key, onAuth });
  for (const ca of [made.ca, Buffer.from(made.ca)]) {
    const { delivery } = await notify({ ...server, tls: 'Required' }, {}, { secrets: { ca, credentials } });
    assert.deepEqual(delivery, { sent: true, rejected: [] });
  }
  assert.deepEqual(
    server.mails.map(({ secure, user }) => ({ secure, user })),
    [
      { secure: true, user: 'reporter' },
      { secure: true, user: 'reporter' },
    ],
  );
});

test('Required refuses a certificate for another name', async (t) => {
  const made = await certificate(t, 'mail.example.com');
  if (made === undefined) return;
  const server = await smtpTestServer(t, { disabledCommands: [], cert: made.cert, key: made.key });
  const { message } = await notSent({ ...server, tls: 'Required' }, {}, { secrets: { ca: made.ca } });
  assert.match(message, /shows a certificate that is not for 127\.0\.0\.1: set .*smtp\.host/);
});

test('Required never goes on in clear where STARTTLS is not offered', async (t) => {
  const server = await smtpTestServer(t);
  const { message } = await notSent({ ...server, tls: 'Required' });
  assert.match(message, /offers no STARTTLS, but tls is Required/);
  assert.deepEqual(server.mails, []);
});

test('Implicit speaks TLS from the first byte and checks the certificate', async (t) => {
  const made = await certificate(t);
  if (made === undefined) return;
  const server = await smtpTestServer(t, { secure: true, cert: made.cert, key: made.key, onAuth });
  const { message } = await notSent({ ...server, tls: 'Implicit' }, {}, { secrets: { credentials } });
  assert.match(message, /not trusted/);
  const { delivery } = await notify(
    { ...server, tls: 'Implicit' },
    {},
    { secrets: { ca: made.ca, credentials } },
  );
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.equal(server.mails[0]?.secure, true);
  assert.equal(server.mails[0]?.user, 'reporter');
});

test('Implicit against a server that speaks in clear says which setting is wrong', async (t) => {
  const server = await smtpTestServer(t);
  const { message } = await notSent({ ...server, tls: 'Implicit' });
  assert.match(
    message,
    /does not speak TLS from the first byte: set .*smtp\.tls to Required or Opportunistic/,
  );
});

test('a clear connection to a port that expects TLS says which setting is wrong', async (t) => {
  const server = await smtpTestServer(t, { secure: true });
  const timeouts = { connect: 20_000, greeting: 300, idle: 60_000 };
  const { message } = await notSent({ ...server, tls: 'Off' }, {}, { timeouts });
  assert.match(message, /sent no greeting: .* set .*smtp\.tls to Implicit/);
});

test('a refused login is told with the user, without the password, and is not tried again', async (t) => {
  const made = await certificate(t);
  if (made === undefined) return;
  let logins = 0;
  const server = await smtpTestServer(t, {
    secure: true,
    cert: made.cert,
    key: made.key,
    onAuth({ username, password }, _session, done) {
      logins++;
      const sent = Buffer.from(`\0${username}\0${password}`).toString('base64');
      done(answer(535, `no: ${password} / ${Buffer.from(password ?? '').toString('base64')} / ${sent}`));
    },
  });
  const told: string[] = [];
  const { message, waited } = await notSent(
    { ...server, tls: 'Implicit' },
    {},
    {
      secrets: { ca: made.ca, credentials },
      log: { warn: (details, text) => told.push(JSON.stringify(details) + text) },
    },
  );
  assert.match(message, /refused the user reporter \(535 .*: check the Secret of .*credentialsSecretRef/);
  assert.equal(logins, 1);
  assert.deepEqual(waited, []);
  for (const secret of [credentials.password, `\0${credentials.user}\0${credentials.password}`]) {
    for (const form of [secret, Buffer.from(secret).toString('base64')]) {
      assert.ok(!message.includes(form));
      assert.ok(told.every((line) => !line.includes(form)));
    }
  }
});

test('a server without a login is not used silently when credentials are given', async (t) => {
  const made = await certificate(t);
  if (made === undefined) return;
  const server = await smtpTestServer(t, {
    secure: true,
    cert: made.cert,
    key: made.key,
    disabledCommands: ['AUTH'],
  });
  const { message } = await notSent(
    { ...server, tls: 'Implicit' },
    {},
    { secrets: { ca: made.ca, credentials } },
  );
  assert.match(message, /offers no login .*remove the credentials/);
  assert.deepEqual(server.mails, []);
});

test('one refused recipient does not keep the mail from the others', async (t) => {
  const server = await smtpTestServer(t, refuse('gone@example.com'));
  const { delivery, waited } = await notify(server, { to: ['gone@example.com', 'ops@example.com'] });
  assert.deepEqual(delivery, { sent: true, rejected: ['gone@example.com'] });
  assert.deepEqual(waited, []);
  assert.deepEqual(server.mails[0]?.to, ['ops@example.com']);
});

test('all recipients refused is a mail that was not sent, told with the answer', async (t) => {
  const server = await smtpTestServer(t, refuse('a@example.com', 'b@example.com'));
  const { message, waited } = await notSent(server, { to: ['a@example.com', 'b@example.com'] });
  assert.match(message, /refused every recipient, a@example\.com, b@example\.com \(550 .*no such user/);
  assert.deepEqual(waited, []);
});

test('a refused sender says to set from', async (t) => {
  const server = await smtpTestServer(t, {
    onMailFrom: (_address, _session, done) => done(answer(553, 'sender domain does not exist')),
  });
  const { message } = await notSent(server);
  assert.match(message, /refused the sender \(553 .*does not exist\): set spec\.notification\.email\.from/);
});

test('a greylisted mail is tried again until it is taken, once', async (t) => {
  let tries = 0;
  const server = await smtpTestServer(t, {
    onRcptTo: (_address, _session, done) => done(++tries <= 2 ? answer(451, 'greylisted') : null),
  });
  const { delivery, waited } = await notify(server);
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.deepEqual(waited, [15_000, 30_000]);
  assert.equal(server.mails.length, 1);
});

test('only the recipients that were put off get the mail again', async (t) => {
  let tries = 0;
  const server = await smtpTestServer(t, {
    onRcptTo({ address }, _session, done) {
      if (address === 'gone@example.com') return done(answer(550, 'no such user'));
      done(address === 'grey@example.com' && ++tries <= 1 ? answer(450, 'later') : null);
    },
  });
  const to = ['ops@example.com', 'gone@example.com', 'grey@example.com'];
  const { delivery } = await notify(server, { to });
  assert.deepEqual(delivery, { sent: true, rejected: ['gone@example.com'] });
  assert.deepEqual(
    server.mails.map((taken) => taken.to),
    [['ops@example.com'], ['grey@example.com']],
  );
});

test('a mail that is put off for ever is given up within the limit', async (t) => {
  const server = await smtpTestServer(t, {
    onRcptTo: (_address, _session, done) => done(answer(451, 'greylisted')),
  });
  const { message, waited } = await notSent(server);
  assert.match(message, /put the mail off again and again \(451 .*greylisted\)/);
  assert.deepEqual(waited, [15_000, 30_000, 60_000, 120_000, 240_000]);
  const short = await notSent(server, {}, { limit: 60_000 });
  assert.deepEqual(short.waited, [15_000, 30_000]);
});

test('a server that is down is tried four times and told with host and port', async (t) => {
  const port = await closedPort(t);
  const { message, waited } = await notSent({ host: '127.0.0.1', port });
  assert.match(
    message,
    new RegExp(`127\\.0\\.0\\.1:${port} refused the connection: check .*smtp\\.host and port`),
  );
  assert.deepEqual(waited, [2_000, 5_000, 10_000]);
});

test('an unknown host is told as such', async () => {
  const { message } = await notSent({ host: 'mail.invalid', port: 25 });
  assert.match(message, /mail\.invalid:25 was not found in DNS \(\w+\): check .*smtp\.host/);
});

test('a connection that breaks off in the middle is tried again, a server that only drops is told', async (t) => {
  const server = await smtpTestServer(t);
  let connections = 0;
  const port = await listen(t, (socket) => {
    const first = ++connections === 1;
    const onward = connect(server.port, server.host);
    onward.on('error', () => socket.destroy()).pipe(socket);
    socket.on('data', (chunk) => {
      if (first && chunk.includes('DATA')) socket.destroy();
      else onward.write(chunk);
    });
    socket.on('error', () => undefined).on('close', () => onward.destroy());
  });
  const { delivery, waited } = await notify({ host: '127.0.0.1', port });
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.deepEqual(waited, [2_000]);
  assert.equal(server.mails.length, 1);

  const dropping = await listen(t, (socket) => socket.destroy());
  const { message } = await notSent({ host: '127.0.0.1', port: dropping });
  assert.match(message, /closed the connection too early/);
});

test('stops at once when the runner is told to stop, between tries and during one', {
  timeout: 60_000,
}, async (t) => {
  const greylisting = await smtpTestServer(t, {
    onRcptTo: (_address, _session, done) => done(answer(451, 'greylisted')),
  });
  const stop = new AbortController();
  // Stops once the client has said EHLO, to which it gets no answer.
  const silent = await listen(t, (socket) => {
    socket.on('error', () => undefined);
    socket.write('220 slow\r\n');
    socket.once('data', () => stop.abort());
  });
  const endless = { connect: 600_000, greeting: 600_000, idle: 600_000 };
  const stopped = (port: number, services: Partial<EmailServices>) =>
    emailNotifier(
      { to: ['ops@example.com'], smtp: { host: '127.0.0.1', port, tls: 'Off' } },
      { secrets: {}, hostname: 'runner.example', timeouts: endless, ...services },
    ).notify(mail, stop.signal);
  const told = Promise.withResolvers<void>();
  const waiting = stopped(greylisting.port, { log: { warn: () => told.resolve() } });
  await told.promise;
  for (const delivery of await Promise.all([waiting, stopped(silent, {})])) {
    assert.deepEqual(delivery, {
      sent: false,
      message: 'The mail was not sent because the runner was told to stop: look at its log.',
    });
  }
});

test('stops inside an encrypted session without an error that nobody handles', { timeout: 60_000 }, async (t) => {
  const stop = new AbortController();
  const server = await smtpTestServer(t, { disabledCommands: [], onMailFrom: () => stop.abort() });
  const delivery = await emailNotifier(
    { to: ['ops@example.com'], smtp: { ...server, tls: 'Opportunistic' } },
    { secrets: {}, hostname: 'runner.example' },
  ).notify(mail, stop.signal);
  assert.equal(delivery.sent, false);
});

test('a server that never answers is given up at the limit', { timeout: 60_000 }, async (t) => {
  const port = await listen(t, () => undefined);
  const { message } = await notSent({ host: '127.0.0.1', port }, {}, { limit: 100 });
  assert.match(message, /took longer than/);
});

/** The port of a TCP server that does with each connection what it is told; ended after the test. */
async function listen(t: TestContext, accept: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nothing listens: held by the local end of a connection, so nobody else gets it. */
async function closedPort(t: TestContext): Promise<number> {
  const port = await listen(t, () => undefined);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return (socket.address() as AddressInfo).port;
}

function refuse(...addresses: string[]) {
  return {
    onRcptTo: (
      { address }: { address: string },
      _session: unknown,
      done: (error?: Error | null) => void,
    ): void => done(addresses.includes(address) ? answer(550, 'no such user') : null),
  };
}
