// All that needs the library of age's author, a bundle of its own (scripts/build.ts): whoever encrypts nothing does not even
// read it.
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { nonceBytes, tagBytes } from './ageChunks.ts';

/** A header with a new file key, for recipients that are known to be valid. */
export async function newHeader(
  recipients: readonly string[],
): Promise<{ header: Uint8Array; fileKey: Uint8Array }> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Uint8Array | undefined;
  // One of our own, which is told the file key as the others are, and adds nothing to the header.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = key;
      return [];
    },
  });
  const nothing = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  const parts: Uint8Array[] = [];
  for await (const part of await encrypter.encrypt(nothing)) parts.push(part);
  if (fileKey === undefined) throw new Error('no file key was made');
  const empty = Buffer.concat(parts);
  return { header: empty.subarray(0, empty.length - nonceBytes - tagBytes), fileKey };
}

/** The file key in a header; undefined if none of the identities is a recipient of it. Throws for a header that is none. */
export async function fileKeyIn(
  header: Uint8Array,
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) return undefined;
    throw error;
  }
}

/** Whether a text is a recipient that the library encrypts for. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a text is a whole identity. */
export function isIdentity(text: string): Promise<boolean> {
  return identityToRecipient(text).then(
    () => true,
    () => false,
  );
}
