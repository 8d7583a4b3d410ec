import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import nodemailer, { type NodemailerError } from 'nodemailer';
import type { EmailSpec } from '../../crds/notificationSpec.ts';
import type { Delivery, Notifier, ReportMail } from './notifier.ts';
import { type SmtpFailure, smtpFailure } from './smtpFailure.ts';
import {
  openSocket,
  type SmtpSecrets,
  type SmtpSettings,
  type SmtpTimeouts,
  smtpOptions,
  smtpTimeouts,
} from './smtpServer.ts';

/** What sending needs of spec.notification.email. */
export interface EmailSettings extends Pick<EmailSpec, 'to' | 'from'> {
  readonly smtp: SmtpSettings;
}

/** What sending needs from outside. */
export interface EmailServices {
  readonly secrets: SmtpSecrets;
  /** Name of this host, for the sender where spec.from is left out. */
  readonly hostname: string;
  /** Told of every try that failed. */
  readonly log?: { warn(details: object, message: string): void };
  /** Waits between tries. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly timeouts?: SmtpTimeouts;
  /** Milliseconds that sending may take, waits included. Ten minutes where it is left out. */
  readonly limit?: number;
}

// Greylisting lifts after one to five minutes; a server that is down is worth a short wait only.
const waits = {
  Deferred: [15_000, 30_000, 60_000, 120_000, 240_000],
  Unreachable: [2_000, 5_000, 10_000],
  Permanent: [],
} as const;

/**
 * Reports by SMTP. Recipients that the server puts off (4xx) are tried again for up to ten minutes, a server
 * that is not there for 17 seconds. What it refuses (5xx) is not tried again and stands in `rejected`.
 */
export function emailNotifier(settings: EmailSettings, services: EmailServices): Notifier {
  return { notify: (mail, signal) => deliver(mail, settings, services, signal) };
}

async function deliver(
  mail: ReportMail,
  settings: EmailSettings,
  services: EmailServices,
  signal: AbortSignal,
): Promise<Delivery> {
  const { log, limit = 600_000, sleep = pause } = services;
  const odd = [sender(settings, services), ...settings.to].find((address) => !plainAddress.test(address));
  if (odd !== undefined) {
    const message = `${JSON.stringify(odd)} is no plain address: correct spec.notification.email.`;
    return { sent: false, message, permanent: true };
  }
  const end = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  const tries = { Deferred: 0, Unreachable: 0, Permanent: 0 };
  const refused: string[] = [];
  let pending = settings.to;
  let sent = false;
  let waited = 0;
  let permanent = false;
  let message = `The mail server took longer than ${Math.round(limit / 1000)} s: look at its log.`;
  while (!end.aborted) {
    const outcome = await send(mail, pending, settings, services, end);
    if (end.aborted && outcome.failure) break;
    sent ||= outcome.sent;
    refused.push(...outcome.refused);
    pending = outcome.pending;
    if (outcome.failure === undefined) break;
    const { kind } = outcome.failure;
    message = outcome.failure.message;
    permanent = kind === 'Permanent';
    const wait = waits[kind][tries[kind]++];
    log?.warn({ kind, pending, refused }, message);
    if (pending.length === 0 || wait === undefined || waited + wait > limit) break;
    await sleep(wait, end).catch(() => undefined);
    waited += wait;
  }
  if (sent) return { sent, rejected: [...refused, ...pending] };
  if (signal.aborted) {
    message = 'The mail was not sent because the runner was told to stop: look at its log.';
    permanent = false;
  }
  return { sent, message, permanent };
}

// nodemailer reads an address as a list of `name <address>`, so that a line break or bracket would make two.
const plainAddress = /^[^\s<>,;]+@[^\s<>,;]+$/;

const sender = ({ from }: EmailSettings, { hostname }: EmailServices) =>
  from ?? `database-backup@${hostname}`;

const pause = (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal });

interface Outcome {
  readonly sent: boolean;
  readonly refused: string[];
  /** Recipients that another try may reach. */
  readonly pending: string[];
  readonly failure?: SmtpFailure;
}

/** One try. */
async function send(
  mail: ReportMail,
  to: string[],
  settings: EmailSettings,
  services: EmailServices,
  signal: AbortSignal,
): Promise<Outcome> {
  const { secrets, timeouts = smtpTimeouts } = services;
  const from = sender(settings, services);
  const named = (error: unknown) => smtpFailure(error, settings.smtp, secrets);
  try {
    const transport = nodemailer.createTransport({
      ...smtpOptions(settings.smtp, secrets, timeouts),
      getSocket: (_options, done) => {
        openSocket(settings.smtp, timeouts.connect, signal).then(
          (connection) => done(null, { connection }),
          (error) => done(error),
        );
      },
    });
    const { rejectedErrors = [] } = await transport.sendMail({
      from: { name: 'Database backup', address: from },
      to: settings.to.map((address) => ({ name: '', address })),
      envelope: { from, to },
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      messageId: messageID(mail.id, settings),
      // RFC 3834, and the same for Exchange: nobody's out-of-office answers.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    });
    const first = rejectedErrors.find(({ permanent }) => permanent === false) ?? rejectedErrors[0];
    return { sent: true, ...split(rejectedErrors), ...(first ? { failure: named(first) } : {}) };
  } catch (error) {
    const { rejectedErrors } = error as NodemailerError;
    const failure = named(error);
    if (rejectedErrors !== undefined) return { sent: false, ...split(rejectedErrors), failure };
    return { sent: false, refused: [], pending: to, failure };
  }
}

function split(errors: readonly NodemailerError[]): { refused: string[]; pending: string[] } {
  const addresses = (permanent: boolean) =>
    errors.filter((error) => (error.permanent ?? true) === permanent).map((error) => error.recipient ?? '');
  return { refused: addresses(true), pending: addresses(false) };
}

/** The same for the same mail, whichever pod sends it: mail programs show one mail where two were sent. */
function messageID(id: string, { from = 'database-backup.local' }: EmailSettings): string {
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 32);
  return `<${hash}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}
