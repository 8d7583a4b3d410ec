import { BackupError } from '../../crds/failureReason.ts';
import { parsePickle } from './pickle.ts';
import { PickleClass, PickleObject } from './pickleValue.ts';

/** The fields of Python's token.json that are wanted, as far as the pickle has them. */
export interface PickledCredentials {
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly refresh_token?: string;
  readonly scopes?: readonly string[];
}

// google-auth keeps them with a leading underscore, oauth2client and plain dicts without.
const fields = ['client_id', 'client_secret', 'refresh_token'] as const;

/**
 * The credentials in a `token.pickle`: an object of google-auth or oauth2client, or a dict of the same names.
 * Nothing of the pickle is run. Throws CredentialsInvalid if it holds anything else.
 */
export function pickledCredentials(bytes: Uint8Array, where: string): PickledCredentials {
  const value = parsePickle(bytes);
  if (isClass(value, 'service_account')) {
    throw new BackupError(
      'CredentialsInvalid',
      `${where} is the pickle of a service account. Service accounts cannot own files in a personal Drive: run \`dbbackup auth login\`.`,
    );
  }
  const attributes = attributesOf(value);
  const find = (name: string) => attributes?.get(`_${name}`) ?? attributes?.get(name);
  const found = fields.flatMap((name) => {
    const text = find(name);
    return typeof text === 'string' ? [[name, text]] : [];
  });
  if (found.length === 0) {
    throw new BackupError(
      'CredentialsInvalid',
      `${where} is a pickle of ${describe(value)}, not of Google credentials; nothing of it was run. Run \`dbbackup auth login\`.`,
    );
  }
  const scopes = textsOf(find('scopes'));
  return { ...Object.fromEntries(found), ...(scopes.length > 0 ? { scopes } : {}) };
}

function attributesOf(value: unknown): Map<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof PickleObject)) return undefined;
  // The state of a class with __slots__ is a pair.
  const states = Array.isArray(value.state) ? value.state : [value.state];
  const maps = states.filter((state) => state instanceof Map);
  return maps.length > 0 ? new Map(maps.flatMap((map) => [...map])) : undefined;
}

function textsOf(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(' ') : value instanceof Set ? [...value] : value;
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

function isClass(value: unknown, part: string): boolean {
  return value instanceof PickleObject && value.class.includes(part);
}

/** What the pickle holds in a word; of a class only a name that can be nothing else. */
function describe(value: unknown): string {
  if (!(value instanceof PickleObject || value instanceof PickleClass)) return 'plain data';
  return /^[\w.]{1,80}$/.test(value.class) ? value.class : 'an object';
}
