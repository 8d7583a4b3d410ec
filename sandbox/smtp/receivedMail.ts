import PostalMime from 'postal-mime';
import type { SMTPServerSession } from 'smtp-server';

/** A mail as the server took it: the envelope as it was said, the parts as a mail program would show them. */
export interface ReceivedMail {
  /** 1 for the first. */
  number: number;
  receivedAt: Date;
  envelope: { from: string; to: string[] };
  /** Whether it came over TLS, and the user who had logged in. */
  secure: boolean;
  user: string | undefined;
  from: string;
  to: string[];
  subject: string;
  /** Names in lower case; of several with one name the first. */
  headers: Record<string, string>;
  text: string;
  html: string;
  attachments: { filename: string; type: string; content: Buffer }[];
  raw: string;
}

/** Parses the bytes of a mail that came in this session; its number is not known yet. */
export async function receivedMail(
  raw: Buffer,
  session: SMTPServerSession,
  receivedAt: Date,
): Promise<Omit<ReceivedMail, 'number'>> {
  const mail = await PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' });
  const { mailFrom, rcptTo } = session.envelope;
  const headers: Record<string, string> = {};
  for (const { key, value } of mail.headers) headers[key] ??= value;
  return {
    receivedAt,
    envelope: {
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
    },
    secure: session.secure,
    user: session.user,
    from: mail.from?.address ?? '',
    to: (mail.to ?? []).flatMap(({ address }) => address ?? []),
    subject: mail.subject ?? '',
    headers,
    text: mail.text ?? '',
    html: mail.html ?? '',
    attachments: mail.attachments.map(({ filename, mimeType, content }) => ({
      filename: filename ?? '',
      type: mimeType,
      content: typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer),
    })),
    raw: raw.toString('latin1'),
  };
}
