import { type Identities, readIdentities } from '../runner/encryption/identities.ts';
import type { Services } from '../runner/services.ts';
import type { Invocation } from './command.ts';

/** Option of the commands that read what is inside a set, for parseArgs. */
export const identityOption = { identity: { type: 'string' } } as const;

/** Help text of `identityOption`. */
export const identityOptionText = {
  identity: 'File with the identity that opens an encrypted set, as age-keygen writes it',
};

/** The identity of --identity; undefined without it. Throws InvalidSpec. */
export async function chosenIdentities(
  { identity }: Invocation['values'],
  { redactor }: Services,
): Promise<Identities | undefined> {
  return identity === undefined ? undefined : readIdentities(String(identity), redactor);
}
