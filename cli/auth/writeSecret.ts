import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { BackupError } from '../../crds/failureReason.ts';
import { type AuthIO, say } from './authIo.ts';
import type { SecretTarget } from './secretOptions.ts';

/** Puts the manifest on standard output, or in the file with mode 0600. Throws DestinationFull, InvalidSpec, Interrupted. */
export async function writeSecret(manifest: string, target: SecretTarget, io: AuthIO): Promise<void> {
  const { file } = target;
  if (file === undefined) {
    await print(manifest, io.stdout);
    if (io.stdout.isTTY) say(io, 'Pipe this Secret into `kubectl apply -f -`, and keep it from other eyes.');
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

async function print(manifest: string, stdout: AuthIO['stdout']): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // The stream also emits what the callback gets; nobody listening would end the program with a stack.
  stdout.once('error', reject);
  stdout.write(manifest, (error) => (error ? reject(error) : resolve()));
  try {
    await promise;
    stdout.off('error', reject);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BackupError(
      'Interrupted',
      `The Secret could not be printed, for the reader of standard output is gone (${code}): run it again, or use --out.`,
      { cause },
    );
  }
}
