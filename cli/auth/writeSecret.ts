import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { BackupError } from '../../crds/failureReason.ts';
import { type AuthIO, say } from './authIo.ts';
import type { SecretTarget } from './secretOptions.ts';

/** Puts the manifest on standard output, or in the file with mode 0600. Throws DestinationFull or InvalidSpec. */
export async function writeSecret(manifest: string, target: SecretTarget, io: AuthIO): Promise<void> {
  const { file } = target;
  if (file === undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    io.stdout.write(manifest, (error) => (error ? reject(error) : resolve()));
    await promise;
    say(
      io,
      'The Secret is on standard output: pipe it into `kubectl apply -f -`, and keep it from other eyes.',
    );
    return;
  }
  // A new file put in the old one's place: an existing one may have a mode that lets others read.
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, manifest, { mode: 0o600, flag: 'wx' });
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined);
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'DestinationFull' : 'InvalidSpec';
    throw new BackupError(
      reason,
      `The Secret could not be written to ${file} (${code}): choose another --out.`,
      {
        cause,
      },
    );
  }
  say(io, `The Secret is in ${file}, readable for you alone: kubectl apply -f ${file}`);
}
