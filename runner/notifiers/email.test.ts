import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Mailbox, type MailboxOptions, startMailbox } from '../../sandbox/smtp/startMailbox.ts';
import { type EmailServices, type EmailSettings, emailNotifier } from './email.ts';

const mail = { id: 'owner/backup_20260210_020000', subject: 'Report', text: 'plain', html: '<b>rich</b>' };

/** A mailbox, stopped after the test. */
async function mailbox(t: TestContext, options: MailboxOptions = {}): Promise<Mailbox> {
  const started = await startMailbox(options);
  t.after(() => started.stop());
  return started;
}

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
  return { ...(delivery.sent ? { message: '', permanent: false } : delivery), waited };
}

test('sends text and HTML with the headers of an automatic mail', async (t) => {
  const server = await mailbox(t);
  const to = ['ops@example.com', 'dba@example.com'];
  const { delivery } = await notify(server, { to });
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  const [taken] = server.messages();
  assert.ok(taken);
  assert.deepEqual(taken.envelope, { from: 'database-backup@runner.example', to });
  assert.equal(taken.headers.from, 'Database backup <database-backup@runner.example>');
  assert.deepEqual(taken.to, to);
  assert.equal(taken.subject, 'Report');
  assert.equal(taken.text.trim(), 'plain');
  assert.equal(taken.html.trim(), '<b>rich</b>');
  assert.equal(taken.headers['auto-submitted'], 'auto-generated');
  assert.match(taken.headers['content-type'] ?? '', /^multipart\/alternative/);
  assert.deepEqual(taken.attachments, []);
});

test('gives every mail of a run the same Message-ID, and other runs another', async (t) => {
  const server = await mailbox(t);
  await notify(server);
  await notify(server, { to: ['other@example.com'] }, { hostname: 'another-pod' });
  await notify(server, {}, {}, { ...mail, id: 'owner/backup_20260211_020000' });
  const ids = server.messages().map(({ headers }) => headers['message-id']);
  assert.match(ids[0] ?? '', /^<[0-9a-f]{32}@database-backup\.local>$/);
  assert.equal(ids[1], ids[0]);
  assert.notEqual(ids[2], ids[0]);
});

test('names with line breaks add no header and no recipient', async (t) => {
  const server = await mailbox(t);
  const subject = 'x\r\nBcc: evil@example.com\r\n\r\nbody';
  await notify(
    server,
    { from: 'a@example.com' },
    {},
    { ...mail, id: 'x>\r\nBcc: evil@example.com', subject },
  );
  const [taken] = server.messages();
  assert.deepEqual(taken?.envelope.to, ['ops@example.com']);
  assert.equal(taken.headers.bcc, undefined);
  assert.equal(taken.text.trim(), 'plain');
});

test('a line break in an address is refused, not sent', async (t) => {
  const server = await mailbox(t);
  for (const broken of [
    'a@example.com\r\nRCPT TO:<evil@example.com>',
    'a@example.com>\nx',
    'a@example.com<evil@example.com>',
  ]) {
    const { message, permanent } = await notSent(server, { to: [broken] });
    assert.equal(permanent, true);
    assert.match(message, /is no plain address: correct spec\.notification\.email/);
    await notSent(server, { from: broken });
  }
  assert.deepEqual(server.messages(), []);
});

test('one refused recipient does not keep the mail from the others', async (t) => {
  const server = await mailbox(t, { rejectRecipients: ['gone@example.com'] });
  const { delivery, waited } = await notify(server, { to: ['gone@example.com', 'ops@example.com'] });
  assert.deepEqual(delivery, { sent: true, rejected: ['gone@example.com'] });
  assert.deepEqual(waited, []);
  assert.deepEqual(server.messages()[0]?.envelope.to, ['ops@example.com']);
});

test('all recipients refused is a mail that was not sent, told with the answer', async (t) => {
  const to = ['a@example.com', 'b@example.com'];
  const server = await mailbox(t, { rejectRecipients: to });
  const { message, permanent, waited } = await notSent(server, { to });
  assert.equal(permanent, true);
  assert.match(message, /refused every recipient, a@example\.com, b@example\.com \(550 .*No such user/);
  assert.deepEqual(waited, []);
});

test('a refused sender says to set from', async (t) => {
  const server = await mailbox(t, { refuseAll: true });
  const { message, waited } = await notSent(server);
  assert.match(message, /refused the sender \(550 .*takes no mail\): set spec\.notification\.email\.from/);
  assert.deepEqual(waited, []);
});

test('a greylisted mail is tried again until it is taken, once', async (t) => {
  const server = await mailbox(t, { greylist: 2 });
  const { delivery, waited } = await notify(server);
  assert.deepEqual(delivery, { sent: true, rejected: [] });
  assert.deepEqual(waited, [15_000, 30_000]);
  assert.equal(server.messages().length, 1);
});

test('only the recipients that were put off get the mail again', async (t) => {
  const server = await mailbox(t, { greylist: 1, rejectRecipients: ['gone@example.com'] });
  const to = ['grey@example.com', 'gone@example.com', 'ops@example.com'];
  const { delivery } = await notify(server, { to });
  assert.deepEqual(delivery, { sent: true, rejected: ['gone@example.com'] });
  assert.deepEqual(
    server.messages().map(({ envelope }) => envelope.to),
    [['ops@example.com'], ['grey@example.com']],
  );
});

test('who got the mail got it, even if the others can no longer be reached', async (t) => {
  const server = await mailbox(t, { greylist: 1 });
  const to = ['grey@example.com', 'ops@example.com'];
  const { delivery } = await notify(server, { to }, { sleep: () => server.stop() });
  assert.deepEqual(delivery, { sent: true, rejected: ['grey@example.com'] });
});

test('a mail that is put off for ever is given up within the limit', async (t) => {
  const server = await mailbox(t, { greylist: Number.POSITIVE_INFINITY });
  const { message, permanent, waited } = await notSent(server);
  assert.equal(permanent, false);
  assert.match(message, /put the mail off again and again \(451 [^)]*reylisted[^)]*\)/);
  assert.deepEqual(waited, [15_000, 30_000, 60_000, 120_000, 240_000]);
  const short = await notSent(server, {}, { limit: 60_000 });
  assert.deepEqual(short.waited, [15_000, 30_000]);
});

test('a server that is down is tried four times and told with host and port', async (t) => {
  const port = await closedPort(t);
  const { message, permanent, waited } = await notSent({ host: '127.0.0.1', port });
  assert.equal(permanent, false);
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
  const server = await mailbox(t);
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
  assert.equal(server.messages().length, 1);

  const dropping = await listen(t, (socket) => socket.destroy());
  const { message } = await notSent({ host: '127.0.0.1', port: dropping });
  assert.match(message, /closed the connection too early/);
});

test('stops at once when the runner is told to stop, between tries and during one', {
  timeout: 60_000,
}, async (t) => {
  const greylisting = await mailbox(t, { greylist: Number.POSITIVE_INFINITY });
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
      permanent: false,
    });
  }
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
