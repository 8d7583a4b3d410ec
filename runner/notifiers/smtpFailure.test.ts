import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodemailerError } from 'nodemailer';
import { smtpFailure } from './smtpFailure.ts';

const settings = { host: 'mail.example', port: undefined, tls: 'Required' } as const;
const credentials = { user: 'reporter', password: 'p"ä&ss word' };

const failure = (fields: Partial<NodemailerError>, secrets = {}) =>
  smtpFailure(Object.assign(new Error('raw'), fields), settings, secrets);

const reply = (response: string) => {
  const responseCode = Number(response.slice(0, 3));
  return { response, responseCode, permanent: responseCode >= 500 };
};

test('an answer that repeats the password is shown without it, in every form it was sent in', () => {
  const { user, password } = credentials;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const forms = [password, base64(password), base64(`\0${user}\0${password}`)];
  const echo = { code: 'EAUTH', ...reply(`535 no: ${forms.join(' / ')}`) };
  const { message, kind } = failure(echo, { credentials });
  assert.equal(kind, 'Permanent');
  assert.match(message, /mail\.example:587 refused the user reporter \(535 no: \*\*\* \/ \*\*\* \/ \*\*\*\)/);
  for (const form of forms) assert.ok(!message.includes(form));
});

test('an answer is shown on one line and bounded', () => {
  const { message } = failure({ command: 'MAIL FROM', ...reply(`550-a\r\n550 b\u0000${'c'.repeat(5_000)}`) });
  assert.match(message, /\(550-a 550 b c+…\)/);
  assert.ok(message.length < 400);
});

test('4xx is for later, 5xx is for ever, whatever the command', () => {
  for (const [code, command] of [
    ['EAUTH', 'AUTH PLAIN'],
    ['EENVELOPE', 'MAIL FROM'],
    ['EENVELOPE', 'RCPT TO'],
    ['EMESSAGE', 'DATA'],
  ] as const) {
    assert.equal(failure({ code, command, ...reply('452 4.2.2 mailbox full') }).kind, 'Deferred');
    assert.equal(failure({ code, command, ...reply('552 5.2.2 too big') }).kind, 'Permanent');
  }
});

test('a server that does not answer, or breaks off, is unreachable', () => {
  for (const fields of [
    { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' as const },
    { code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' as const },
    { code: 'ESOCKET', originalCode: 'ECONNRESET' },
    { code: 'ESOCKET', originalCode: 'ECONNREFUSED' },
    { code: 'EHOSTUNREACH' },
    { code: 'EAI_AGAIN' },
    { code: 'ECONNECTION' },
  ]) {
    assert.equal(failure(fields).kind, 'Unreachable', JSON.stringify(fields));
  }
});

test('what is not understood is told with its code and without its text', () => {
  assert.match(failure({ code: 'EODD' }).message, /could not be used \(EODD\): check/);
  assert.doesNotMatch(failure({ code: 'EODD' }).message, /raw/);
  assert.match(smtpFailure('a string', settings, {}).message, /could not be used \(Error\)/);
});

test('each certificate problem has its own advice', () => {
  assert.match(failure({ originalCode: 'CERT_HAS_EXPIRED' }).message, /has expired: renew/);
  assert.match(failure({ originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }).message, /is not for mail\.example/);
  for (const originalCode of ['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']) {
    assert.match(failure({ originalCode }).message, /not trusted \(\w+\): give its CA/);
  }
});
