import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { certificateAuthority } from '../certificates.ts';
import { startInbox } from './inbox.ts';
import { type ReceivedMail, receivedMail } from './receivedMail.ts';

/** How the server behaves; without options it is plain, takes everything and asks for no password. */
export interface MailboxOptions {
  /** none: no TLS at all. starttls: offered. required: mail is refused before STARTTLS. implicit: from the first byte. */
  tls?: 'none' | 'starttls' | 'required' | 'implicit';
  /** The names in the certificate (default localhost and 127.0.0.1), which a CA of our own signs: `ca`. */
  names?: string[];
  /** A login is required, by PLAIN or LOGIN. */
  auth?: { user: string; password: string };
  /** These recipients are refused with 550. */
  rejectRecipients?: string[];
  /** The first so many recipients are put off with 451. */
  greylist?: number;
  /** Every sender is refused with 550. */
  refuseAll?: boolean;
  /** The connection is dropped: at once, or after the body was sent and before the answer. */
  drop?: 'connection' | 'data';
  /** Of SMTP and of the inbox page; default: free ones. */
  port?: number;
  httpPort?: number;
}

/** A real SMTP server on 127.0.0.1 with the mails it took, and a page that shows them. */
export interface Mailbox extends AsyncDisposable {
  host: string;
  port: number;
  /** The inbox page. */
  url: string;
  /** With TLS: the certificate (PEM) of the CA that signed the server's. */
  ca?: string;
  messages(): ReceivedMail[];
  /** The first mail, come or to come, that `predicate` holds for; throws after 60 s. */
  waitForMessage(predicate?: (mail: ReceivedMail) => boolean): Promise<ReceivedMail>;
  stop(): Promise<void>;
}

/** Starts a mailbox on free ports. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const { tls = 'none', auth } = options;
  const mails: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Map<number | undefined, Socket>();
  const certificate = tls === 'none' ? undefined : await selfMade(options.names);
  let greylisted = 0;

  const server = new SMTPServer({
    secure: tls === 'implicit',
    ...(certificate && { key: certificate.key, cert: certificate.cert }),
    disabledCommands: [...(tls === 'none' ? ['STARTTLS'] : []), ...(auth ? [] : ['AUTH'])],
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: auth === undefined,
    allowInsecureAuth: tls === 'none' || tls === 'starttls',
    disableReverseLookup: true,
    closeTimeout: 1_000,
    logger: false,
    onAuth({ username, password }, _session, done) {
      const isRight = username === auth?.user && password === auth?.password;
      if (isRight) done(null, { user: username });
      else done(answer(535, '5.7.8 Authentication credentials invalid'));
    },
    onMailFrom(_address, session, done) {
      if (options.refuseAll) return done(answer(550, '5.7.1 This server takes no mail'));
      if (tls === 'required' && !session.secure) return done(answer(530, '5.7.0 Must issue STARTTLS first'));
      done();
    },
    onRcptTo({ address }, _session, done) {
      if (greylisted < (options.greylist ?? 0)) {
        greylisted++;
        return done(answer(451, '4.7.1 Greylisted, try again later'));
      }
      if (options.rejectRecipients?.includes(address))
        return done(answer(550, `5.1.1 No such user ${address}`));
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (options.drop === 'data') return sockets.get(session.remotePort)?.destroy();
        take(Buffer.concat(chunks), session).then(() => done(), done);
      });
    },
  });
  const take = async (raw: Buffer, session: SMTPServerSession) => {
    const mail = await receivedMail(raw, session, new Date());
    mails.push({ ...mail, number: mails.length + 1 });
    for (const look of waiting) look();
  };

  server.on('error', () => {}); // clients that break off are part of its job
  server.server.on('connection', (socket: Socket) => {
    if (options.drop === 'connection') return socket.destroy();
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  const { promise: isListening, resolve, reject } = Promise.withResolvers<void>();
  server.server.once('error', reject);
  server.listen(options.port ?? 0, '127.0.0.1', resolve);
  await isListening;
  const inbox = await startInbox(() => mails, options.httpPort ?? 0);

  const stop = async () => {
    await inbox.stop();
    await new Promise<void>((done) => server.close(done));
  };
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    url: inbox.url,
    ...(certificate && { ca: certificate.ca }),
    messages: () => [...mails],
    waitForMessage: (predicate = () => true) => waitFor(mails, waiting, predicate),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function waitFor(
  mails: ReceivedMail[],
  waiting: Set<() => void>,
  predicate: (mail: ReceivedMail) => boolean,
): Promise<ReceivedMail> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      waiting.delete(look);
      clearTimeout(timer);
      settle();
    };
    const look = () => {
      const mail = mails.find(predicate);
      if (mail) end(() => resolve(mail));
    };
    const late = () => {
      const subjects = mails.map(({ subject }) => subject).join('; ') || 'none';
      end(() => reject(new Error(`No such mail within 60 s; there are: ${subjects}.`)));
    };
    const timer = setTimeout(late, 60_000);
    waiting.add(look);
    look();
  });
}

async function selfMade(
  names = ['localhost', '127.0.0.1'],
): Promise<{ ca: string; cert: string; key: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'dbbackup-smtp-'));
  try {
    const { ca, issue } = await certificateAuthority(directory);
    const { cert, key } = await issue(names[0] ?? 'smtp', names);
    return { ca, cert, key };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
