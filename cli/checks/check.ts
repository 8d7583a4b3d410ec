import { BackupError, type FailureReason, reasonFacts } from '../../crds/failureReason.ts';
import type { Services } from '../../runner/services.ts';

/** What one probe found, in a sentence. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  /** It works, but something is to be looked at. */
  readonly warning?: true;
  /** It was not tried: the message says because of what. */
  readonly notChecked?: true;
  readonly reason?: FailureReason;
  /** What to do. */
  readonly hint?: string;
}

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

/**
 * Tries something: a line ✓ and one ⚠ for each warning, or one line ✗. Throws only the reason of an aborted signal;
 * an error without a name is a bug, and its stack goes to the log.
 */
export async function probe<T>(
  name: string,
  { logger }: Pick<Services, 'logger'>,
  signal: AbortSignal,
  attempt: () => Promise<Finding & { readonly value: T }>,
): Promise<Probed<T>> {
  try {
    const { message, warnings = [], value } = await attempt();
    const found = warnings.map((warning): Check => ({ name, ok: true, warning: true, message: warning }));
    return { value, checks: [{ name, ok: true, message }, ...found] };
  } catch (error) {
    signal.throwIfAborted();
    return { value: undefined, checks: [failed(name, error, logger)] };
  }
}

/** A probe that another one, which failed, stands before. */
export function notChecked(name: string, because: string): Check {
  return { name, ok: false, notChecked: true, message: `not checked: ${because}` };
}

/** A failure as a line ✗ with its reason and what to do. */
export function failed(name: string, error: unknown, logger: Services['logger']): Check {
  if (error instanceof BackupError) {
    const { reason, message } = error;
    return { name, ok: false, message, reason, hint: reasonFacts(reason).hint };
  }
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const stack =
    error instanceof Error ? (error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []) : [];
  logger.error({ error: kind, stack }, `unexpected error in check ${name}`);
  const message = `An unexpected ${kind}: a bug; the log has its stack.`;
  return { name, ok: false, message, reason: 'Internal', hint: reasonFacts('Internal').hint };
}
