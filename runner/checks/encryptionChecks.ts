import type { EncryptionSpec } from '../../crds/encryptionSpec.ts';
import { countOf } from '../../crds/inWords.ts';
import { newAgeFile } from '../encryption/ageHeader.ts';
import { recipientsOf, shortRecipient } from '../encryption/recipients.ts';
import type { Services } from '../services.ts';
import { type Check, probe } from './check.ts';

/** Reads the recipients and makes the header of a file for them. No line where the spec does not encrypt. */
export async function encryptionChecks(
  encryption: EncryptionSpec | undefined,
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (encryption === undefined) return [];
  const { checks } = await probe({ name: 'encryption', silence: 'Internal' }, services, signal, async () => {
    const recipients = (await recipientsOf(encryption, services.secrets)) ?? [];
    await newAgeFile(recipients);
    const names = recipients.map(shortRecipient).join(', ');
    return {
      message: `Files are encrypted for ${countOf(recipients.length, 'recipient')}: ${names}.`,
      value: true,
    };
  });
  return checks;
}
