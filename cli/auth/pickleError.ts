import { BackupError } from '../../crds/failureReason.ts';

/** The one error of a pickle that cannot be read; `detail` holds positions and opcodes, never a value. */
export function pickleError(detail: string, position: number): BackupError {
  return new BackupError(
    'CredentialsInvalid',
    `The pickle cannot be read as data (${detail} at byte ${position}): save the credentials again with Python, or run \`dbbackup auth login\`.`,
  );
}
