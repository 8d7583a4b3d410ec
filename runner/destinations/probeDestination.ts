import { BackupError } from '../../crds/failureReason.ts';
import type { Destination } from './destination.ts';

const hourMs = 3_600_000;
/** For removing the file after a stop. */
const cleanUpMs = 5_000;

/**
 * Writes a small file, reads it back and removes it for ever. `nonce` makes its name its own. Throws what the
 * destination throws, ChecksumMismatch if other bytes come back; the file is removed in any case, also
 * after a stop.
 */
export async function probeDestination(
  destination: Pick<Destination, 'create' | 'read' | 'remove'>,
  nonce: string,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const name = `dbbackup-probe-${nonce}.txt`;
  const content = `dbbackup wrote this file to see whether it can. It may be removed. ${nonce}\n`;
  const tags = {
    owner: 'dbbackup-probe',
    set: name,
    deadline: new Date(now.getTime() + hourMs).toISOString(),
  };
  const upload = await destination.create({ name, contentType: 'text/plain', tags }, signal);
  try {
    await upload.write(Buffer.from(content));
  } catch (error) {
    await upload.abort();
    throw error;
  }
  const { id } = await upload.finish();
  try {
    const parts: Uint8Array[] = [];
    for await (const part of destination.read(id, signal)) parts.push(part);
    if (Buffer.concat(parts).toString() !== content) {
      throw new BackupError(
        'ChecksumMismatch',
        'A small file that was written for a test came back with other bytes.',
      );
    }
  } finally {
    await destination.remove(id, 'Delete', signal.aborted ? AbortSignal.timeout(cleanUpMs) : signal);
  }
}
