import { type FailureReason, reasonFacts } from '../crds/failureReason.ts';

/** The exit status of several failures: 0 without any, 1 if another attempt may help with all of them, else 2. */
export function worstStatus(reasons: readonly FailureReason[]): 0 | 1 | 2 {
  if (reasons.length === 0) return 0;
  return reasons.some((reason) => reasonFacts(reason).kind === 'Permanent') ? 2 : 1;
}
