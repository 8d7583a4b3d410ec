import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** The bytes of a file in order; a symbolic link is refused with ELOOP. */
export async function* fileBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  // Closes the handle, also when it is left early.
  yield* handle.createReadStream({ highWaterMark: 1024 * 1024, signal });
}

/** SHA-256 of a file's content in lower-case hex. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of fileBytes(path, signal)) hash.update(part);
  return hash.digest('hex');
}
