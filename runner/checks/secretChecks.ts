import type { BackupSpec } from '../../crds/backupSpec.ts';
import { countOf } from '../../crds/inWords.ts';
import { secretValue } from '../secrets.ts';
import type { Services } from '../services.ts';
import { type Check, probe } from './check.ts';

type Part = 'database' | 'destination' | 'encryption' | 'email';

/** A Secret that the spec names, and the part of the spec that needs it. */
export interface Reference {
  readonly part: Part;
  readonly name: string;
  /** Undefined: the Secret as a whole, whatever its layout. */
  readonly key: string | undefined;
}

/** Looks for every Secret and key that the spec names; `missing` are the parts of the spec that lack one. */
export function secretChecks(spec: BackupSpec, services: Services, signal: AbortSignal) {
  return secretProbes(referencesOf(spec), services, signal);
}

/** The same for references of any spec. */
export async function secretProbes(
  references: readonly Reference[],
  services: Services,
  signal: AbortSignal,
): Promise<{ checks: Check[]; missing: ReadonlySet<Part> }> {
  const missing = new Set<Part>();
  const failures: Check[] = [];
  for (const { part, name, key } of references) {
    const { checks, value } = await probe(
      { name: 'secrets', silence: 'SecretNotFound' },
      services,
      signal,
      async () => {
        if (key === undefined) await services.secrets.read(name);
        else await secretValue(services.secrets, name, key);
        return { message: '', value: true };
      },
    );
    if (value) continue;
    missing.add(part);
    failures.push(...checks);
  }
  if (failures.length > 0) return { checks: failures, missing };
  const names = [...new Set(references.map(({ name }) => name))];
  const message =
    names.length === 0
      ? 'The spec needs none.'
      : `${countOf(names.length, 'Secret')} found: ${names.join(', ')}.`;
  return { checks: [{ name: 'secrets', ok: true, message }], missing };
}

function referencesOf({ database, destination, encryption, notification }: BackupSpec): Reference[] {
  const google = destination.googleDrive?.credentialsSecretRef;
  const recipients = encryption?.recipientsSecretRef;
  return [
    ...databaseReferences(database),
    ...of('destination', google?.name, google?.key),
    ...of('encryption', recipients?.name, recipients?.key),
    ...emailReferences(notification),
  ];
}

function of(part: Part, name: string | undefined, ...keys: (string | undefined)[]): Reference[] {
  return name === undefined ? [] : keys.map((key) => ({ part, name, key }));
}

/** The Secrets of spec.database. */
export function databaseReferences({
  secretRef,
  caSecretRef,
  clientCertSecretRef,
}: Omit<BackupSpec['database'], 'tables'>): Reference[] {
  return [
    ...of('database', secretRef?.name, undefined),
    ...of('database', caSecretRef?.name, caSecretRef?.key),
    ...of('database', clientCertSecretRef?.name, 'tls.crt', 'tls.key'),
  ];
}

/** The Secrets of spec.notification. */
export function emailReferences(notification: BackupSpec['notification']): Reference[] {
  const smtp = notification?.email?.smtp;
  return [
    ...of('email', smtp?.caSecretRef?.name, smtp?.caSecretRef?.key),
    ...of('email', smtp?.credentialsSecretRef?.name, 'username', 'password'),
  ];
}
