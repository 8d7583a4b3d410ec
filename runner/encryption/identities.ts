import { readFile } from 'node:fs/promises';
import { BackupError } from '../../crds/failureReason.ts';
import { ContentError } from '../content/tableRows.ts';
import type { Redactor } from '../redactor.ts';
import { type SecretReader, secretValue } from '../secrets.ts';

/** Secret keys of age. They are in no field of the object, so that no log and no JSON can hold them. */
export class Identities {
  readonly #keys: readonly string[];
  /** Where they come from: `key.txt`. */
  readonly from: string;

  constructor(keys: readonly string[], from: string) {
    this.#keys = keys;
    this.from = from;
  }

  /** The file key in the header of `name`. Throws IdentityMismatch, and ContentError for a header that is none. */
  async fileKey(name: string, header: Uint8Array): Promise<Uint8Array> {
    const { fileKeyIn } = await import('./ageLibrary.ts');
    let key: Uint8Array | undefined;
    try {
      key = await fileKeyIn(header, this.#keys);
    } catch (cause) {
      throw new ContentError('its header is not what was encrypted', { cause });
    }
    if (key !== undefined) return key;
    throw new BackupError(
      'IdentityMismatch',
      `${name} is encrypted for other recipients than ${this.from} is an identity of.`,
    );
  }
}

/** Reads an identity file as `age-keygen` writes it. Throws InvalidSpec, without a word of what is in it. */
export async function readIdentities(path: string, redactor: Redactor): Promise<Identities> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new BackupError(
      'InvalidSpec',
      `${path} cannot be read (${cause.code}): check the path given with --identity.`,
      { cause },
    );
  });
  return identitiesIn(text, path, redactor);
}

/** The same from a key of a Secret. Throws SecretNotFound, too. */
export async function secretIdentities(
  { name, key }: { readonly name: string; readonly key: string },
  { secrets, redactor }: { readonly secrets: SecretReader; readonly redactor: Redactor },
): Promise<Identities> {
  const value = await secretValue(secrets, name, key);
  return identitiesIn(value.toString('utf8'), `key ${key} of Secret ${name}`, redactor);
}

async function identitiesIn(text: string, from: string, redactor: Redactor): Promise<Identities> {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const keys = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  for (const { line } of keys) redactor.add(line);
  const refuse = (why: string): never => {
    throw new BackupError('InvalidSpec', `${from} ${why}`);
  };
  if (/^(-----BEGIN AGE ENCRYPTED FILE-----|age-encryption\.org\/)/m.test(text)) {
    refuse('is itself encrypted with a passphrase: decrypt it first, with age --decrypt.');
  }
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) {
    refuse('is a key of SSH or TLS: an identity of age begins with AGE-SECRET-KEY-1.');
  }
  const { isIdentity } = await import('./ageLibrary.ts');
  if (keys.length === 0) refuse('holds no identity: age-keygen makes one, a line AGE-SECRET-KEY-1….');
  for (const { line, number } of keys) {
    if (line.startsWith('AGE-PLUGIN-')) {
      refuse(`has an identity of a plugin in line ${number}: decrypt the files with age and its plugin.`);
    }
    if (line.startsWith('age1')) {
      refuse(
        `has a recipient, the public key, in line ${number}: the identity begins with AGE-SECRET-KEY-1.`,
      );
    }
    if (!(await isIdentity(line))) {
      refuse(
        `has no whole identity in line ${number}: it begins with AGE-SECRET-KEY-1, as age-keygen writes it.`,
      );
    }
  }
  return new Identities(
    keys.map(({ line }) => line),
    from,
  );
}
