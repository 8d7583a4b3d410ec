import type { NodemailerError } from 'nodemailer';
import { type SmtpSecrets, type SmtpSettings, smtpPort } from './smtpServer.ts';

/** Deferred: the server said "later" (4xx). Unreachable: it was not there or broke off. Permanent: never. */
export type SmtpFailureKind = 'Deferred' | 'Unreachable' | 'Permanent';

/** What went wrong between us and a mail server, in one sentence that says what to do. */
export interface SmtpFailure {
  readonly kind: SmtpFailureKind;
  readonly message: string;
}

const spec = 'spec.notification.email';

/** Names the failure. No password appears in the sentence, even where the server repeats it. */
export function smtpFailure(error: unknown, settings: SmtpSettings, secrets: SmtpSecrets): SmtpFailure {
  const failure = (error instanceof Error ? error : new Error(String(error))) as NodemailerError;
  const server = `The mail server ${settings.host}:${smtpPort(settings)}`;
  const cause = failure.originalCode ?? failure.code ?? '';
  const answer = failure.response === undefined ? '' : ` (${quote(failure.response, secrets)})`;
  const permanent = (message: string): SmtpFailure => ({ kind: 'Permanent', message });

  // Answers to an AUTH that the server does not know or does not want (RFC 5321, 4.2.4).
  if (failure.code === 'EAUTH' && [500, 502, 503, 504].includes(failure.responseCode ?? 0)) {
    return permanent(
      `${server} offers no login${answer}, but ${spec}.smtp.credentialsSecretRef is set: check port and tls, or remove the credentials.`,
    );
  }
  if (failure.responseCode !== undefined && failure.permanent === false) {
    return {
      kind: 'Deferred',
      message: `${server} put the mail off again and again${answer}: look at its log, or let it take mail from this sender at once.`,
    };
  }
  if (failure.code === 'EAUTH') {
    return permanent(
      `${server} refused the user ${secrets.credentials?.user ?? ''}${answer}: check the Secret of ${spec}.smtp.credentialsSecretRef.`,
    );
  }
  if (failure.command === 'MAIL FROM' && failure.responseCode !== undefined) {
    return permanent(`${server} refused the sender${answer}: set ${spec}.from to an address it accepts.`);
  }
  if (failure.recipient !== undefined) {
    return permanent(`${server} refused the recipient ${failure.recipient}${answer}: check ${spec}.to.`);
  }
  if (failure.rejected !== undefined) {
    return permanent(
      `${server} refused every recipient, ${failure.rejected.join(', ')}${answer}: check ${spec}.to and whether the relay takes mail from here.`,
    );
  }
  return (
    tlsFailure(failure, cause, server, settings) ??
    connectionFailure(failure, cause, server, settings, answer)
  );
}

function tlsFailure(failure: NodemailerError, cause: string, server: string, { host, tls }: SmtpSettings) {
  const permanent = (message: string): SmtpFailure => ({ kind: 'Permanent', message });
  if (failure.command === 'STARTTLS' && failure.responseCode !== undefined) {
    return permanent(
      `${server} offers no STARTTLS, but tls is ${tls}: check ${spec}.smtp.port, or set tls to Implicit (port 465) or Off.`,
    );
  }
  if (cause === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return permanent(
      `${server} shows a certificate that is not for ${host}: set ${spec}.smtp.host to a name in the certificate.`,
    );
  }
  if (cause === 'CERT_HAS_EXPIRED') {
    return permanent(`${server} shows a certificate that has expired: renew it on the server.`);
  }
  if (/CERT|ISSUER|SIGNATURE/.test(cause)) {
    return permanent(
      `${server} shows a certificate that is not trusted (${cause}): give its CA in ${spec}.smtp.caSecretRef.`,
    );
  }
  if (cause === 'EPROTO' || cause.startsWith('ERR_SSL')) {
    return permanent(
      tls === 'Implicit'
        ? `${server} does not speak TLS from the first byte: set ${spec}.smtp.tls to Required or Opportunistic, or use its port for implicit TLS (465).`
        : `${server} and the runner agree on no TLS version or cipher (${cause}): update the server, or set ${spec}.smtp.tls to Off.`,
    );
  }
  return undefined;
}

function connectionFailure(
  failure: NodemailerError,
  cause: string,
  server: string,
  { tls }: SmtpSettings,
  answer: string,
): SmtpFailure {
  const unreachable = (message: string): SmtpFailure => ({ kind: 'Unreachable', message });
  if (cause === 'ENOTFOUND' || cause === 'EAI_AGAIN') {
    return unreachable(`${server} was not found in DNS (${cause}): check ${spec}.smtp.host.`);
  }
  if (cause === 'ECONNREFUSED') {
    return unreachable(
      `${server} refused the connection: check ${spec}.smtp.host and port, and that the server runs.`,
    );
  }
  if (failure.timeoutType === 'GREETING_TIMEOUT' && tls !== 'Implicit') {
    return unreachable(
      `${server} took the connection but sent no greeting: check the server, or set ${spec}.smtp.tls to Implicit if the port expects TLS from the first byte (465).`,
    );
  }
  if (cause === 'ETIMEDOUT' || cause === 'EHOSTUNREACH' || cause === 'ENETUNREACH') {
    return unreachable(
      `${server} did not answer in time (${cause}): check ${spec}.smtp.host and port, firewalls and network policies.`,
    );
  }
  if (failure.responseCode !== undefined) {
    return {
      kind: 'Permanent',
      message: `${server} refused the mail${answer}: ask who runs the server, or use another relay.`,
    };
  }
  if (cause === 'ECONNECTION' || cause === 'ECONNRESET' || cause === 'EPIPE' || cause === 'ETLS') {
    return unreachable(`${server} closed the connection too early: look at its log.`);
  }
  return {
    kind: 'Permanent',
    message: `${server} could not be used (${cause || failure.name}): check ${spec}.smtp and the log of the server.`,
  };
}

/** A server's answer on one line, bounded, and without the password in any form it was sent in. */
function quote(answer: string, { credentials }: SmtpSecrets): string {
  let text = answer;
  if (credentials !== undefined && credentials.password !== '') {
    const { user, password } = credentials;
    for (const secret of [`\0${user}\0${password}`, password]) {
      text = text.replaceAll(Buffer.from(secret).toString('base64'), '***').replaceAll(secret, '***');
    }
  }
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
