import { hostname } from 'node:os';
import { BackupError, type FailureReason } from '../crds/failureReason.ts';
import type { Services } from './services.ts';

/** A failure as a report tells it. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

/** The failure with its name. What is no BackupError is a bug: its words may quote anything, so only the log has its stack. */
export function failureOf(error: unknown, { logger }: Pick<Services, 'logger'>): Failure {
  if (error instanceof BackupError) return { reason: error.reason, message: error.message };
  const stack =
    error instanceof Error ? (error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []) : [];
  const name = error instanceof Error ? error.constructor.name : typeof error;
  logger.error({ error: name, stack }, 'unexpected error');
  return { reason: 'Internal', message: `An unexpected ${name} on ${hostname()}; the log has its stack.` };
}
