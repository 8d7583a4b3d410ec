import { BackupError } from '../../crds/failureReason.ts';

/** The errno of a file-system error, `ENOENT` for example. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The BackupError for a failed file operation in the folder; other errors come back as they are. */
export function directoryError(error: unknown, folder: string, what: string): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof BackupError) return error;
  const options = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new BackupError(
        'DestinationFull',
        `Could not ${what}: the file system of ${folder} is full (${code}). Nothing old was deleted.`,
        options,
      );
    case 'EFBIG':
      return new BackupError(
        'DestinationFull',
        `Could not ${what}: the file system of ${folder} takes no file of that size. Nothing old was deleted.`,
        options,
      );
    case 'ENOENT':
      return new BackupError(
        'FolderNotFound',
        `The folder ${folder} does not exist: create it, or mount its volume.`,
        options,
      );
    case 'ENOTDIR':
      return new BackupError(
        'NotAFolder',
        `${folder} is not a folder: name one in spec.destination.`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BackupError(
        'FolderNotFound',
        code === 'EROFS'
          ? `Could not ${what}: ${folder} is mounted read-only.`
          : `Could not ${what}: the user ${process.getuid?.() ?? ''} may not do that in ${folder}. Change its owner or mode.`,
        options,
      );
    case 'EEXIST':
      return new BackupError(
        'NameTaken',
        `Could not ${what}: a file of that name exists in ${folder}, and none is overwritten.`,
        options,
      );
    case 'ENAMETOOLONG':
      return new BackupError(
        'InvalidSpec',
        `Could not ${what}: the name is too long for ${folder}.`,
        options,
      );
    default:
      return new BackupError('UploadFailed', `Could not ${what} in ${folder} (${code}).`, options);
  }
}

/** The name itself; throws InvalidSpec unless it is one plain name in the folder, not hidden, of at most 240 bytes. */
export function plainName(name: string): string {
  const plain =
    name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name) && Buffer.byteLength(name) <= 240;
  if (plain) return name;
  throw new BackupError(
    'InvalidSpec',
    'A file in a folder needs a name without slashes, not beginning with a dot, of at most 240 bytes.',
  );
}
