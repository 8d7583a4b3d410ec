import { connect, type Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import type { SMTPTransportOptions } from 'nodemailer';
import type { SMTPSpec } from '../../crds/notificationSpec.ts';

/** Where mail goes: of spec.notification.email.smtp what a connection needs. */
export type SmtpSettings = Pick<SMTPSpec, 'host' | 'port' | 'tls'>;

/** What the Secrets of the `smtp` part hold. */
export interface SmtpSecrets {
  /** CA certificates in PEM, trusted beside the well-known ones. */
  readonly ca?: string | Uint8Array | undefined;
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
}

/** Milliseconds: until connected, until greeted (and encrypted), and of silence in between. */
export interface SmtpTimeouts {
  readonly connect: number;
  readonly greeting: number;
  readonly idle: number;
}

export const smtpTimeouts: SmtpTimeouts = { connect: 20_000, greeting: 30_000, idle: 60_000 };

/** The port of the relay: the spec's, else the usual one of the TLS mode (RFC 8314, RFC 6409). */
export function smtpPort({ port, tls }: SmtpSettings): number {
  return port ?? { Off: 25, Opportunistic: 25, Required: 587, Implicit: 465 }[tls];
}

/**
 * The settings in nodemailer's words. Off never encrypts. Opportunistic encrypts where the server offers it
 * and checks no certificate. Required (STARTTLS) and Implicit (TLS from the first byte) check it.
 */
export function smtpOptions(
  settings: SmtpSettings,
  { ca, credentials }: SmtpSecrets,
  timeouts: SmtpTimeouts,
): SMTPTransportOptions {
  const { host, tls } = settings;
  const checked = tls === 'Required' || tls === 'Implicit';
  return {
    host,
    port: smtpPort(settings),
    secure: tls === 'Implicit',
    ignoreTLS: tls === 'Off',
    opportunisticTLS: tls === 'Opportunistic',
    requireTLS: tls === 'Required',
    tls: {
      rejectUnauthorized: checked,
      ...(checked && ca !== undefined
        ? { ca: [...getCACertificates('default'), typeof ca === 'string' ? ca : Buffer.from(ca)] }
        : {}),
    },
    // forceAuth: without it the mail goes out without a login where the server offers none.
    ...(credentials ? { auth: { user: credentials.user, pass: credentials.password }, forceAuth: true } : {}),
    connectionTimeout: timeouts.connect + timeouts.greeting,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.idle,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * A TCP connection to the server, destroyed when the signal aborts, at any time. Ours and not nodemailer's,
 * which asks DNS directly first: that passes by /etc/hosts and the search domains of a cluster, and hangs
 * where DNS forwards `relay.mail` to nowhere.
 */
export function openSocket(settings: SmtpSettings, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: settings.host, port: smtpPort(settings), signal });
  const late = { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' };
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('Connection timeout'), late)),
    timeoutMs,
  );
  socket.once('error', reject);
  socket.once('close', () => clearTimeout(timer));
  socket.once('connect', () => {
    clearTimeout(timer);
    socket.removeListener('error', reject);
    resolve(socket);
  });
  return promise;
}
