import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { certificateAuthority } from '../../sandbox/postgres/certificates.ts';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { checkSMTP } from './checkSmtp.ts';
import { answer, smtpTestServer } from './smtpTestServer.ts';

const signal = new AbortController().signal;

test('says that the server answers and whether the way to it is encrypted, and sends nothing', async (t) => {
  const plain = await smtpTestServer(t);
  const found = await checkSMTP({ ...plain, tls: 'Opportunistic' }, {}, signal);
  assert.deepEqual(found, {
    ok: true,
    message: `The mail server 127.0.0.1:${plain.port} answers, not encrypted.`,
  });
  const encrypting = await smtpTestServer(t, { disabledCommands: [] });
  const { message } = await checkSMTP({ ...encrypting, tls: 'Opportunistic' }, {}, signal);
  assert.equal(message, `The mail server 127.0.0.1:${encrypting.port} answers, encrypted.`);
  assert.deepEqual([...plain.mails, ...encrypting.mails], []);
});

test('tries the certificate and the login', async (t) => {
  if (requireProgram(t, 'openssl', 'apt-get install openssl') === undefined) return;
  const authority = await certificateAuthority(await temporaryDirectory(t));
  const { cert, key } = await authority.issue('127.0.0.1', ['127.0.0.1']);
  const server = await smtpTestServer(t, {
    disabledCommands: [],
    cert,
    key,
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(answer(535, 'authentication failed')),
  });
  const look = (password: string, ca?: string) =>
    checkSMTP({ ...server, tls: 'Required' }, { ca, credentials: { user: 'reporter', password } }, signal);
  assert.deepEqual(await look('right', authority.ca), {
    ok: true,
    message: `The mail server 127.0.0.1:${server.port} answers, encrypted, and accepts the user reporter.`,
  });
  const refused = await look('wrong', authority.ca);
  assert.equal(refused.ok, false);
  assert.match(refused.message, /refused the user reporter \(535/);
  const untrusted = await look('right');
  assert.equal(untrusted.ok, false);
  assert.match(untrusted.message, /not trusted/);
});

test('a server that is not there is an answer, not an exception', async () => {
  const { ok, message } = await checkSMTP(
    { host: 'mail.invalid', port: undefined, tls: 'Required' },
    {},
    signal,
  );
  assert.equal(ok, false);
  assert.match(message, /mail\.invalid:587 was not found in DNS/);
});

test('a server that drops the connection is an answer, not an exception', async (t) => {
  const dropping = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => dropping.listen(0, '127.0.0.1', resolve));
  t.after(() => dropping.close());
  const { port } = dropping.address() as { port: number };
  const { ok, message } = await checkSMTP({ host: '127.0.0.1', port, tls: 'Off' }, {}, signal);
  assert.equal(ok, false);
  assert.match(message, /closed the connection too early/);
});

test('stops when it is told to, before the connection and in the middle of it', {
  timeout: 60_000,
}, async (t) => {
  const stop = new AbortController();
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write('220 slow\r\n');
    socket.once('data', () => stop.abort(new Error('stopped')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const endless = { connect: 600_000, greeting: 600_000, idle: 600_000 };
  const look = () => checkSMTP({ host: '127.0.0.1', port, tls: 'Off' }, {}, stop.signal, endless);
  await assert.rejects(look(), /stopped/);
  await assert.rejects(look(), /stopped/);
});
