import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { startMailbox } from '../../sandbox/smtp/startMailbox.ts';
import { requireProgram } from '../../sandbox/testing.ts';
import { checkSMTP } from './checkSmtp.ts';

const signal = new AbortController().signal;

test('says that the server answers and whether the way to it is encrypted, and sends nothing', async (t) => {
  await using plain = await startMailbox();
  const clear = await checkSMTP({ host: plain.host, port: plain.port, tls: 'Opportunistic' }, {}, signal);
  assert.deepEqual(clear, {
    ok: true,
    message: `The mail server 127.0.0.1:${plain.port} answers, not encrypted.`,
  });
  if (requireProgram(t, 'openssl', 'apt-get install openssl') === undefined) return;
  await using offering = await startMailbox({ tls: 'starttls' });
  const { message } = await checkSMTP(
    { host: offering.host, port: offering.port, tls: 'Opportunistic' },
    {},
    signal,
  );
  assert.equal(message, `The mail server 127.0.0.1:${offering.port} answers, encrypted.`);
  assert.deepEqual([...plain.messages(), ...offering.messages()], []);
});

test('tries the certificate and the login', async (t) => {
  if (requireProgram(t, 'openssl', 'apt-get install openssl') === undefined) return;
  await using server = await startMailbox({ tls: 'starttls', auth: { user: 'reporter', password: 'right' } });
  const settings = { host: server.host, port: server.port, tls: 'Required' as const };
  const look = (password: string, ca?: string) =>
    checkSMTP(settings, { ca, credentials: { user: 'reporter', password } }, signal);
  assert.deepEqual(await look('right', server.ca), {
    ok: true,
    message: `The mail server 127.0.0.1:${server.port} answers, encrypted, and accepts the user reporter.`,
  });
  const refused = await look('wrong', server.ca);
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

test('a server that drops the connection is an answer, not an exception', async () => {
  await using dropping = await startMailbox({ drop: 'connection' });
  const settings = { host: dropping.host, port: dropping.port, tls: 'Off' as const };
  const { ok, message } = await checkSMTP(settings, {}, signal);
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
