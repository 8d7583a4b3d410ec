import type { EncryptionSpec } from '../../crds/encryptionSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { type SecretReader, secretValue } from '../secrets.ts';

const mostRecipients = 20;

/**
 * The public keys that each file is encrypted for, each once; undefined: files stay in clear. Throws SecretNotFound and
 * InvalidSpec that tells the line and not what stands there, since a wrong Secret may hold anything.
 */
export async function recipientsOf(
  encryption: EncryptionSpec | undefined,
  secrets: SecretReader,
): Promise<readonly string[] | undefined> {
  if (encryption === undefined) return undefined;
  const { recipients, recipientsSecretRef } = encryption;
  if (recipientsSecretRef === undefined) {
    const named = (recipients ?? []).map((text, index) => ({
      text,
      place: `spec.encryption.recipients[${index}]`,
    }));
    return checked(named, 'spec.encryption.recipients');
  }
  const { name, key } = recipientsSecretRef;
  const source = `key ${key} of Secret ${name}`;
  const lines = (await secretValue(secrets, name, key)).toString('utf8').split('\n');
  const named = lines
    .map((line, index) => ({ text: line.trim(), place: `line ${index + 1} of ${source}` }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
  return checked(named, source);
}

interface Named {
  readonly text: string;
  readonly place: string;
}

async function checked(named: readonly Named[], source: string): Promise<readonly string[]> {
  const refuse = (message: string): never => {
    throw new BackupError('InvalidSpec', message);
  };
  const { isRecipient } = await import('./ageLibrary.ts');
  if (named.length === 0) refuse(`${source} names no recipient: age-keygen -y prints one, age1….`);
  if (named.length > mostRecipients) refuse(`${source} names more than ${mostRecipients} recipients.`);
  for (const { text, place } of named) {
    if (text.startsWith('AGE-SECRET-KEY-')) {
      refuse(
        `${place} is an identity, the secret key: take it out of the cluster and write its recipient, which age-keygen -y prints.`,
      );
    }
    if (!known.test(text) || !isRecipient(text)) {
      refuse(
        `${place} is no recipient of age: write age1…, as age-keygen -y prints it; keys of SSH and of plugins are not understood.`,
      );
    }
  }
  const all = [...new Set(named.map(({ text }) => text))];
  const hybrid = all.filter(isHybrid).length;
  // As age itself refuses it: who breaks the weaker one has the file.
  if (hybrid > 0 && hybrid < all.length) {
    refuse(`${source} mixes post-quantum recipients (age1pq1…) with others: write one kind alone.`);
  }
  return all;
}

/** A recipient for a sentence: those of post-quantum keys have two thousand characters. */
export function shortRecipient(recipient: string): string {
  return recipient.length > 70 ? `${recipient.slice(0, 24)}…` : recipient;
}

const isHybrid = (recipient: string) => recipient.startsWith('age1pq1');

// Those of plugins have a name between age1 and the last 1, those of hardware keys, too (age1tag1…).
const known = /^age1(pq1)?[02-9ac-hj-np-z]+$/;
