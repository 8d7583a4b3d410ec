import { BackupError } from '../crds/failureReason.ts';

/** The option of commands that print for people or for programs, for parseArgs. */
export const outputOption = { output: { type: 'string', short: 'o' } } as const;

/** text (the default) or json. Throws InvalidSpec. */
export function outputFormat(value: unknown): 'text' | 'json' {
  if (value === undefined || value === 'text') return 'text';
  if (value === 'json') return 'json';
  throw new BackupError('InvalidSpec', `-o ${String(value)} is not known: write -o text or -o json.`);
}
