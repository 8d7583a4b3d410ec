import { z } from 'zod';
import { patterned, ruled, secretKeyRef, secretRef } from './specTypes.ts';

const smtp = ruled(
  z.strictObject({
    host: z.string().min(1).max(253).describe('Host name or address of the SMTP relay.'),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('Port of the relay; else 25, with tls Implicit 465, with tls Required 587.'),
    tls: z
      .enum(['Off', 'Opportunistic', 'Required', 'Implicit'])
      .default('Opportunistic')
      .describe(
        '"Off" (in quotes, since YAML takes off for false); Opportunistic (STARTTLS where offered, certificate not checked); Required (STARTTLS, certificate checked); Implicit (TLS from the first byte, certificate checked).',
      ),
    caSecretRef: secretKeyRef('ca.crt', 'the CA certificates in PEM')
      .optional()
      .describe('CA certificates for the relay, beside the well-known ones.'),
    credentialsSecretRef: secretRef
      .optional()
      .describe('Secret with username and password for the relay. Only with tls Required or Implicit.'),
  }),
  {
    check: ({ credentialsSecretRef, tls }) =>
      credentialsSecretRef === undefined || tls === 'Required' || tls === 'Implicit',
    cel: "!has(self.credentialsSecretRef) || self.tls in ['Required', 'Implicit']",
    message: 'credentialsSecretRef needs tls Required or Implicit: else the password could travel in clear',
  },
);
export type SMTPSpec = z.output<typeof smtp>;

// Deliberately loose: the relay is the judge; this refuses blanks, line breaks and lists in one string.
const address = patterned(
  z.string().max(320),
  /^[^\s,;]+@[^\s,;]+$/,
  'write one address such as ops@example.com',
);

const email = z.strictObject({
  when: z
    .enum(['Always', 'OnFailure', 'Never'])
    .default('Always')
    .describe('After which runs a report is sent.'),
  to: z.array(address).min(1).max(50).describe('Who gets the report.'),
  from: address.optional().describe('Sender; else database-backup at the name of the host.'),
  smtp: smtp.describe('The relay that takes the mail.'),
});
export type EmailSpec = z.output<typeof email>;

/** spec.notification: who is told of a run. */
export const notificationSpec = z.strictObject({
  email: email.optional().describe('A report by mail.'),
});

/** The same of a kind whose runs are many and seldom news: left out, `when` is OnFailure. */
export const failureNotificationSpec = z.strictObject({
  email: email
    .extend({
      when: email.shape.when.unwrap().default('OnFailure').describe('After which runs a report is sent.'),
    })
    .optional()
    .describe('A report by mail.'),
});
