import { z } from 'zod';
import { ruled, secretKeyRef } from './specTypes.ts';

// X25519 and, with age1pq1, ML-KEM-768 with X25519. Bech32 itself is looked at by the check and by each run.
const form = /^age1([02-9ac-hj-np-z]{58}|pq1[02-9ac-hj-np-z]+)$/;
const isIdentity = (text: string) => text.startsWith('AGE-SECRET-KEY-');

const recipient = ruled(
  z.string().max(2048),
  {
    check: (text) => !isIdentity(text),
    cel: "!self.startsWith('AGE-SECRET-KEY-')",
    message:
      'is an identity, the secret key: take it out of the cluster and write its recipient, which age-keygen -y prints',
    hidesValue: true,
  },
  {
    check: (text) => isIdentity(text) || form.test(text),
    cel: `self.startsWith('AGE-SECRET-KEY-') || self.matches(r'${form.source}')`,
    message:
      'is no recipient of age: write age1…, as age-keygen -y prints it; keys of SSH and of plugins are not understood',
  },
);

const isHybrid = (text: string) => text.startsWith('age1pq1');

const recipients = ruled(z.array(recipient).min(1).max(20), {
  check: (all) => all.every(isHybrid) || !all.some(isHybrid),
  cel: "self.all(r, r.startsWith('age1pq1')) || !self.exists(r, r.startsWith('age1pq1'))",
  message: 'mixes post-quantum recipients (age1pq1…) with others: write one kind alone',
});

/** spec.encryption: for whom the files are encrypted. Public keys alone: what opens the files is never in the cluster. */
export const encryptionSpec = ruled(
  z.strictObject({
    recipients: recipients
      .optional()
      .describe('Public keys of age (age1…). The identity of any one of them opens the files.'),
    recipientsSecretRef: secretKeyRef('recipients.txt', 'the public keys, one a line')
      .optional()
      .describe('The same from a Secret.'),
  }),
  {
    check: (value) => (value.recipients === undefined) !== (value.recipientsSecretRef === undefined),
    cel: 'has(self.recipients) != has(self.recipientsSecretRef)',
    message: 'name exactly one of recipients and recipientsSecretRef',
  },
);
export type EncryptionSpec = z.output<typeof encryptionSpec>;
