import { randomBytes } from 'node:crypto';
import { nonceBytes, payloadKey } from './ageChunks.ts';

/** The start of a new file, and the key of the chunks that follow. */
export interface NewAgeFile {
  /** Header and nonce. */
  readonly start: Buffer;
  readonly key: Buffer;
}

/** Begins a file of age with a new file key, for recipients that are known to be valid. */
export async function newAgeFile(recipients: readonly string[]): Promise<NewAgeFile> {
  const { newHeader } = await import('./ageLibrary.ts');
  const { header, fileKey } = await newHeader(recipients);
  // Not that of the library's empty payload: a nonce is for one payload.
  const nonce = randomBytes(nonceBytes);
  return { start: Buffer.concat([header, nonce]), key: payloadKey(fileKey, nonce) };
}
