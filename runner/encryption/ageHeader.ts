import { randomBytes } from 'node:crypto';
import { nonceBytes, payloadKey, tagBytes } from './ageChunks.ts';

/** The start of a new file, and the key of the chunks that follow. */
export interface NewAgeFile {
  /** Header and nonce. */
  readonly start: Buffer;
  readonly key: Buffer;
}

/** Makes a header of age with a new file key, for recipients that are known to be valid. */
export async function newAgeFile(recipients: readonly string[]): Promise<NewAgeFile> {
  // Loaded only now: a backup in clear does without it.
  const { Encrypter } = await import('./age.ts');
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
  const header = empty.subarray(0, empty.length - nonceBytes - tagBytes);
  // Not that of the empty payload: a nonce is for one payload.
  const nonce = randomBytes(nonceBytes);
  return { start: Buffer.concat([header, nonce]), key: payloadKey(fileKey, nonce) };
}
