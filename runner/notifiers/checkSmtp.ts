import SMTPConnection, { type AuthenticationType } from 'nodemailer/lib/smtp-connection';
import { smtpFailure } from './smtpFailure.ts';
import {
  openSocket,
  type SmtpSecrets,
  type SmtpSettings,
  smtpOptions,
  smtpPort,
  smtpTimeouts,
} from './smtpServer.ts';

/** What a look at the mail server found, in one sentence. */
export interface SmtpCheck {
  readonly ok: boolean;
  readonly message: string;
}

/** Connects, greets, encrypts and logs in as a report would, and sends nothing. Throws only if aborted. */
export async function checkSMTP(
  settings: SmtpSettings,
  secrets: SmtpSecrets,
  signal: AbortSignal,
  timeouts = smtpTimeouts,
): Promise<SmtpCheck> {
  let connection: SMTPConnection | undefined;
  try {
    const socket = await openSocket(settings, timeouts.connect, signal);
    const { auth, ...options } = smtpOptions(settings, secrets, timeouts);
    connection = new SMTPConnection({ ...options, connection: socket });
    await greet(connection, auth);
    connection.quit();
    return { ok: true, message: found(connection, settings, secrets) };
  } catch (error) {
    connection?.close();
    signal.throwIfAborted();
    return { ok: false, message: smtpFailure(error, settings, secrets).message };
  }
}

function greet(connection: SMTPConnection, auth: AuthenticationType | undefined) {
  return new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    // Stays after the greeting too: an 'error' event without a listener would end the process.
    connection.on('error', done);
    connection.once('end', () => done(new Error('Connection closed')));
    connection.connect((error) => (error || auth === undefined ? done(error) : connection.login(auth, done)));
  });
}

function found(connection: SMTPConnection, settings: SmtpSettings, { credentials }: SmtpSecrets): string {
  const encrypted = connection.secure ? 'encrypted' : 'not encrypted';
  const login = credentials === undefined ? '' : `, and accepts the user ${credentials.user}`;
  return `The mail server ${settings.host}:${smtpPort(settings)} answers, ${encrypted}${login}.`;
}
