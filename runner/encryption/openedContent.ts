import { BackupError } from '../../crds/failureReason.ts';
import { decrypted } from './decrypted.ts';
import { isEncrypted } from './encryptedName.ts';
import type { Identities } from './identities.ts';

type Content = AsyncIterable<Uint8Array>;

/** How a file of a set is read in clear: decrypted where its name says that it is encrypted. Throws IdentityMissing. */
export function openedContent(
  name: string,
  identities: Identities | undefined,
): (content: Content) => Content {
  if (!isEncrypted(name)) return (content) => content;
  if (identities === undefined) throw new BackupError('IdentityMissing', `${name} is encrypted.`);
  return (content) => decrypted(name, content, identities);
}
