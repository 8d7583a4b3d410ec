import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { type Mailbox, type MailboxOptions, startMailbox } from './startMailbox.ts';

const mail: SendMailOptions = {
  from: 'backup@example.com',
  to: 'ops@example.com',
  subject: 'Häppy 🎉',
  text: 'a\nb',
};

async function mailbox(t: TestContext, options?: MailboxOptions): Promise<Mailbox> {
  const box = await startMailbox(options);
  t.after(() => box.stop());
  return box;
}

function send(box: Mailbox, options: SMTPTransport.Options = {}, message: SendMailOptions = {}) {
  const transport = createTransport({ host: box.host, port: box.port, ignoreTLS: true, ...options });
  return transport.sendMail({ ...mail, ...message });
}

test('a mail is kept with envelope, headers, text, HTML, attachments and bytes', async (t) => {
  const box = await mailbox(t);
  const attachments = [{ filename: 'a.txt', content: 'attached' }];
  const waited = box.waitForMessage(({ subject }) => subject === mail.subject);
  await send(box, {}, { bcc: 'secret@example.com', html: '<b>bold</b>', attachments });
  const [taken] = box.messages();
  assert.ok(taken);
  assert.equal(await waited, taken);
  assert.equal(taken.subject, 'Häppy 🎉');
  assert.deepEqual(taken.envelope, {
    from: 'backup@example.com',
    to: ['ops@example.com', 'secret@example.com'],
  });
  assert.deepEqual(taken.to, ['ops@example.com']);
  assert.equal(taken.text.trim(), 'a\nb');
  assert.equal(taken.html.trim(), '<b>bold</b>');
  assert.equal(taken.attachments[0]?.content.toString(), 'attached');
  assert.match(taken.headers['message-id'] ?? '', /^<.+>$/);
  assert.match(taken.raw, /^From: backup@example\.com\r\n/);
  assert.equal(taken.secure, false);
});

test('a plain server offers no STARTTLS', async (t) => {
  const box = await mailbox(t);
  await assert.rejects(send(box, { ignoreTLS: false, requireTLS: true }), { code: 'ETLS' });
  assert.equal(box.messages().length, 0);
});

test('STARTTLS and implicit TLS use a certificate of its own CA, for its names alone', async (t) => {
  for (const tls of ['starttls', 'required', 'implicit'] as const) {
    const box = await mailbox(t, { tls, names: ['localhost'] });
    const options = {
      host: 'localhost',
      ignoreTLS: false,
      requireTLS: tls !== 'implicit',
      secure: tls === 'implicit',
    };
    await assert.rejects(send(box, options), /self-signed certificate|unable to (get|verify)/);
    assert.ok(box.ca);
    await send(box, { ...options, tls: { ca: box.ca } });
    await assert.rejects(send(box, { ...options, host: '127.0.0.1', tls: { ca: box.ca } }), /altnames/);
    assert.deepEqual(
      box.messages().map(({ secure }) => secure),
      [true],
    );
  }
});

test('where TLS is required a mail without it is refused', async (t) => {
  const box = await mailbox(t, { tls: 'required' });
  await assert.rejects(send(box), { responseCode: 530 });
});

test('a login is required and checked, by PLAIN and LOGIN', async (t) => {
  const auth = { user: 'me', password: 'geheim' };
  const box = await mailbox(t, { auth });
  await assert.rejects(send(box), { responseCode: 530 });
  await assert.rejects(send(box, { auth: { user: 'me', pass: 'wrong' } }), { responseCode: 535 });
  for (const authMethod of ['PLAIN', 'LOGIN'])
    await send(box, { authMethod, auth: { user: 'me', pass: 'geheim' } });
  assert.deepEqual(
    box.messages().map(({ user }) => user),
    ['me', 'me'],
  );
});

test('some recipients are rejected, the others get the mail', async (t) => {
  const box = await mailbox(t, { rejectRecipients: ['gone@example.com'] });
  const { rejected } = await send(box, {}, { to: ['gone@example.com', 'ops@example.com'] });
  assert.deepEqual(rejected, ['gone@example.com']);
  await assert.rejects(send(box, {}, { to: 'gone@example.com' }), { responseCode: 550 });
  assert.deepEqual(
    box.messages().map(({ envelope }) => envelope.to),
    [['ops@example.com']],
  );
});

test('it greylists the first tries, refuses all, or drops the connection when told to', async (t) => {
  const greylisting = await mailbox(t, { greylist: 2 });
  for (const _ of [1, 2]) await assert.rejects(send(greylisting), { responseCode: 451 });
  await send(greylisting);
  await assert.rejects(send(await mailbox(t, { refuseAll: true })), { responseCode: 550 });
  for (const drop of ['connection', 'data'] as const) {
    const box = await mailbox(t, { drop });
    await assert.rejects(send(box), /closed|ECONNRESET|socket/i);
    assert.equal(box.messages().length, 0);
  }
});

test('the pages show every mail, with whatever it holds escaped and its HTML in a frame without scripts', async (t) => {
  const box = await mailbox(t);
  const evil = '"><script>alert(1)</script>';
  await send(box, {}, { subject: evil, text: evil, html: `<p title="x">${evil}</p>` });
  const get = async (path: string) => {
    const response = await fetch(new URL(path, box.url));
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  for (const path of ['/', '/mail/1']) {
    const { status, headers, body } = await get(path);
    assert.equal(status, 200);
    assert.ok(body.includes('&quot;&gt;&lt;script&gt;'), body);
    assert.ok(!body.includes('<script>'), body);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  }
  assert.match(
    (await get('/mail/1')).body,
    /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/,
  );
  assert.equal(
    (await get('/mail/1/raw')).body,
    Buffer.from(box.messages()[0]?.raw ?? '', 'latin1').toString(),
  );
  assert.equal((JSON.parse((await get('/messages.json')).body) as { subject: string }[])[0]?.subject, evil);
  assert.equal((await get('/mail/2')).status, 404);
});
