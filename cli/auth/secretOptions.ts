import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError } from '../../crds/failureReason.ts';
import type { GoogleScope } from './scope.ts';

/** Flags, for node:util parseArgs, that say what Secret is made and where it goes. */
export const secretFlags = {
  'secret-name': { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  out: { type: 'string' },
} as const;

/** The Secret to make, and the file it goes to in place of standard output. */
export interface SecretTarget {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly file: string | undefined;
}

const maxLabel = 63;
const maxName = 253;

interface SecretFlags {
  readonly 'secret-name'?: string | undefined;
  readonly namespace?: string | undefined;
  readonly out?: string | undefined;
}

/** Checks the flags of the Secret for a token of the scope before anything is asked of the person. Throws InvalidSpec. */
export async function secretTarget(flags: SecretFlags, scope: GoogleScope): Promise<SecretTarget> {
  // Not one name for both: in one namespace the token of the syncs would replace that of the backups.
  const name = flags['secret-name'] ?? (scope === 'spreadsheets' ? 'sheets-oauth' : 'drive-oauth');
  // Kubernetes' rules: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  if (!new RegExp(`^${label}(\\.${label})*$`).test(name) || name.length > maxName) {
    throw invalid(
      '--secret-name must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends.',
    );
  }
  const { namespace, out } = flags;
  if (namespace !== undefined && (!new RegExp(`^${label}$`).test(namespace) || namespace.length > maxLabel)) {
    throw invalid(
      '--namespace must be lower-case letters, digits and "-", with a letter or digit at both ends.',
    );
  }
  if (out !== undefined) await checkWritable(out);
  return { name, namespace, file: out };
}

// Asked before the login: a token that cannot be stored would be lost.
async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BackupError(
      'InvalidSpec',
      `The folder of --out ${file} cannot be written (${code}): choose another.`,
      {
        cause,
      },
    );
  }
}

function invalid(sentence: string): BackupError {
  return new BackupError('InvalidSpec', sentence);
}
