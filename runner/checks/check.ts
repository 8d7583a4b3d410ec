import type { Probe } from '../../crds/checkReport.ts';
import { BackupError, type FailureReason, reasonFacts } from '../../crds/failureReason.ts';
import { failureOf } from '../failure.ts';
import type { Services } from '../services.ts';
import { isOver, settled } from './checkTime.ts';

/** What one probe found, in a sentence. */
export type Check = Readonly<Probe>;

/** What a probe says when it succeeds: a sentence, and things to look at. */
export interface Finding {
  readonly message: string;
  readonly warnings?: readonly string[];
}

/** A probe's value for the probes after it, beside what it says. Without a value those are not tried. */
export interface Probed<T> {
  readonly value: T | undefined;
  readonly checks: readonly Check[];
}

/** What a probe is called, and what it means when it gives no answer in time. */
export interface ProbeName {
  readonly name: string;
  readonly silence: FailureReason;
}

/**
 * Tries something: a line ✓ and one ⚠ for each warning, or one line ✗, also where the time of the check is over. Throws
 * only the reason of a stop; an error without a name is a bug, and its stack goes to the log.
 */
export async function probe<T>(
  { name, silence }: ProbeName,
  services: Pick<Services, 'logger'>,
  signal: AbortSignal,
  attempt: () => Promise<Finding & { readonly value: T }>,
): Promise<Probed<T>> {
  if (isOver(signal))
    return { value: undefined, checks: [notChecked(name, 'the time of the check was over')] };
  try {
    const { message, warnings = [], value } = await settled(attempt(), signal);
    const found = warnings.map((warning): Check => ({ name, ok: true, warning: true, message: warning }));
    return { value, checks: [{ name, ok: true, message }, ...found] };
  } catch (error) {
    return { value: undefined, checks: [failed({ name, silence }, error, services, signal)] };
  }
}

/** A probe that another one, which failed, stands before. */
export function notChecked(name: string, because: string): Check {
  return { name, ok: false, notChecked: true, message: `not checked: ${because}` };
}

/** A failure as a line ✗ with its reason and what to do. Throws the reason of a stop: what breaks then breaks because of it. */
export function failed(
  { name, silence }: ProbeName,
  error: unknown,
  services: Pick<Services, 'logger'>,
  signal: AbortSignal,
): Check {
  if (!isOver(signal)) signal.throwIfAborted();
  const cause = isOver(signal) ? new BackupError(silence, signal.reason.message) : error;
  const { reason, message } = failureOf(cause, services);
  return { name, ok: false, message, reason, hint: hintOf(reason) };
}

// spec.timeoutSeconds is for the attempts of a backup.
function hintOf(reason: FailureReason): string {
  return reason === 'DeadlineExceeded'
    ? 'Find out what makes the server so slow: a check that is in time needs a few seconds.'
    : reasonFacts(reason).hint;
}
